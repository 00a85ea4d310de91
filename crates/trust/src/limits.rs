//! How often something may go wrong: sign-ins, access tokens, looking for people.
//!
//! What succeeds is never counted, or is taken back, since a ward or a household shares one address: nobody is kept out because others
//! there work. What fails is counted by address or by account, in memory, with the record's time. Past a limit the answer is 429 with the
//! seconds to wait, which are never many, however long somebody goes on. Next: `crate::source` for whose address it is.

use crate::secret::SecretHash;
use gate::AgentId;
use kit::PageError;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many are remembered for each kind; those that have been quiet go first.
const REMEMBERED_MAX: usize = 50_000;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Sign-ins that an address began and did not finish: each waits in memory here.
    Begun,
    /// Sign-ins from an address that failed: each is an entry in the log.
    Failed,
    /// Access tokens from an address that are not good.
    BadToken,
    /// Confirmations of an account that failed.
    Confirm,
    /// Codes for passkeys from an address that are not good.
    Code,
    /// Looks of an account for an NHS number that nobody here has.
    LookUp,
    /// Times that an account says that it cares for somebody.
    Claim,
    /// Emergencies that an account declares: more than one pair of hands can treat, also in a major incident.
    Emergency,
}

/// How many, and how soon again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Limit {
    /// So many at once.
    burst: i64,
    /// After that one each so many milliseconds.
    every_ms: i64,
}

impl Kind {
    const ALL: [Kind; 8] = [
        Kind::Begun,
        Kind::Failed,
        Kind::BadToken,
        Kind::Confirm,
        Kind::Code,
        Kind::LookUp,
        Kind::Claim,
        Kind::Emergency,
    ];

    const fn limit(self) -> Limit {
        let (burst, every_ms) = match self {
            Kind::Begun => (120, 1_000),
            Kind::Failed => (30, 20_000),
            Kind::BadToken => (60, 5_000),
            Kind::Confirm => (10, 60_000),
            Kind::Code => (10, 60_000),
            Kind::LookUp => (30, 20_000),
            Kind::Claim => (20, 180_000),
            Kind::Emergency => (30, 120_000),
        };
        Limit { burst, every_ms }
    }

    /// What somebody is told who has to wait.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Kind::Begun => "Too many sign-ins were begun from where you are and not finished.",
            Kind::Failed => "Too many attempts to sign in from where you are have failed.",
            Kind::BadToken => "Too many access tokens that are not valid came from this address.",
            Kind::Confirm => "You have tried too often to confirm who you are.",
            Kind::Code => "Too many codes from where you are were not good.",
            Kind::LookUp => {
                "You have looked for many NHS numbers that nobody here has. Check the number with the person."
            }
            Kind::Claim => "You have said of many people in a short time that you care for them.",
            Kind::Emergency => {
                "You have opened more records in emergencies than one person can usually treat. Treat first: ask a colleague to open this record, or wait. The privacy officer has been told and may ring you."
            }
        }
    }
}

/// Somebody has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooOften {
    /// What was too often.
    pub kind: Kind,
    /// How long to wait, in seconds; 1 at least.
    pub wait_s: u64,
}

impl From<TooOften> for PageError {
    fn from(TooOften { kind, wait_s }: TooOften) -> PageError {
        PageError::TooOften(kind.sentence().to_owned(), wait_s)
    }
}

/// Who is counted: an address or an account, as 16 bytes that take the same room for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key([u8; 16]);

impl Key {
    /// One address, or for IPv6 the network of one household.
    pub(crate) fn of_address(address: IpAddr) -> Key {
        let bits = match address.to_canonical() {
            IpAddr::V4(four) => four.to_ipv6_mapped().to_bits(),
            IpAddr::V6(six) => Ipv6Addr::to_bits(six) & (u128::MAX << 64),
        };
        Key(bits.to_be_bytes())
    }

    /// One account, on all its devices.
    pub(crate) fn of_account(who: &AgentId) -> Key {
        Key(SecretHash::of(who.as_str()).short())
    }
}

/// The counts of one server.
#[derive(Debug)]
pub(crate) struct Limits {
    counts: [Mutex<HashMap<Key, i64>>; Kind::ALL.len()],
    remembered_max: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { counts: Default::default(), remembered_max: REMEMBERED_MAX }
    }
}

impl Limits {
    /// Counts one; refuses, and counts nothing, when that would be too often. Who cannot be told apart is not counted.
    pub(crate) fn take(&self, kind: Kind, key: Option<Key>, now_ms: i64) -> Result<(), TooOften> {
        let Some(key) = key else { return Ok(()) };
        let limit = kind.limit();
        let mut counts = self.of(kind);
        let used_until_ms = counts.get(&key).copied().unwrap_or(0).max(now_ms);
        wait(kind, used_until_ms, now_ms)?;
        make_room(&mut counts, (self.remembered_max, now_ms));
        counts.insert(key, used_until_ms.saturating_add(limit.every_ms));
        Ok(())
    }

    /// Whether one more would be too often; counts nothing.
    pub(crate) fn check(&self, kind: Kind, key: Option<Key>, now_ms: i64) -> Result<(), TooOften> {
        let used_until_ms = key.and_then(|key| self.of(kind).get(&key).copied()).unwrap_or(0);
        wait(kind, used_until_ms.max(now_ms), now_ms)
    }

    /// Takes one back, because it came to a good end.
    pub(crate) fn forgive(&self, kind: Kind, key: Option<Key>) {
        let mut counts = self.of(kind);
        if let Some(used_until_ms) = key.and_then(|key| counts.get_mut(&key)) {
            *used_until_ms = used_until_ms.saturating_sub(kind.limit().every_ms);
        }
    }

    /// A panic elsewhere leaves a map whole: every change to it is one step.
    fn of(&self, kind: Kind) -> MutexGuard<'_, HashMap<Key, i64>> {
        let [begun, failed, token, confirm, code, look_up, claim, emergency] = &self.counts;
        let counts = match kind {
            Kind::Begun => begun,
            Kind::Failed => failed,
            Kind::BadToken => token,
            Kind::Confirm => confirm,
            Kind::Code => code,
            Kind::LookUp => look_up,
            Kind::Claim => claim,
            Kind::Emergency => emergency,
        };
        counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Each one uses up its share of time. Somebody who has used up more than `burst` shares beyond now has to wait.
fn wait(kind: Kind, used_until_ms: i64, now_ms: i64) -> Result<(), TooOften> {
    let Limit { burst, every_ms } = kind.limit();
    let wait_ms = used_until_ms.saturating_sub(now_ms) - (burst - 1) * every_ms;
    if wait_ms <= 0 {
        return Ok(());
    }
    Err(TooOften { kind, wait_s: u64::try_from(wait_ms).unwrap_or(0).div_ceil(1_000) })
}

/// Forgets those who have been quiet for long enough; if that is not enough, the half who have used up least.
fn make_room(counts: &mut HashMap<Key, i64>, (remembered_max, now_ms): (usize, i64)) {
    if counts.len() < remembered_max {
        return;
    }
    counts.retain(|_, used_until_ms| *used_until_ms > now_ms);
    if counts.len() < remembered_max {
        return;
    }
    let mut all: Vec<i64> = counts.values().copied().collect();
    let half = all.len() / 2;
    let (_, middle, _) = all.select_nth_unstable(half);
    let middle = *middle;
    let mut to_go = half.max(1);
    counts.retain(|_, used_until_ms| {
        let goes = to_go > 0 && *used_until_ms <= middle;
        to_go -= usize::from(goes);
        !goes
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_795_341_600_000;

    fn address(text: &str) -> Option<Key> {
        Some(Key::of_address(text.parse().unwrap()))
    }

    #[test]
    fn so_many_at_once_and_then_one_each_while() {
        for kind in Kind::ALL {
            let (limits, key, Limit { burst, every_ms }) = (Limits::default(), address("192.0.2.1"), kind.limit());
            for number in 0..burst {
                assert_eq!(limits.take(kind, key, NOW_MS), Ok(()), "{kind:?} {number}");
            }
            let refused = limits.take(kind, key, NOW_MS).unwrap_err();
            assert_eq!(limits.check(kind, key, NOW_MS), Err(refused));

            assert!(i64::try_from(refused.wait_s).unwrap() * 1_000 <= every_ms, "{kind:?}: {refused:?}");
            let later_ms = NOW_MS + i64::try_from(refused.wait_s).unwrap() * 1_000;
            assert_eq!(limits.take(kind, key, later_ms), Ok(()), "{kind:?}: the wait that is told is enough");
            assert!(limits.take(kind, key, later_ms).is_err(), "{kind:?}");
            assert_eq!(limits.take(kind, address("192.0.2.2"), NOW_MS), Ok(()), "{kind:?}: others notice nothing");
        }
    }

    #[test]
    fn trying_on_and_on_makes_the_wait_no_longer() {
        let (limits, key) = (Limits::default(), address("192.0.2.1"));
        let waits: Vec<u64> =
            (0..10_000).filter_map(|_| limits.take(Kind::Failed, key, NOW_MS).err()).map(|wait| wait.wait_s).collect();

        assert_eq!(waits.len(), 9_970);
        assert!(waits.iter().all(|wait_s| *wait_s <= 20));
    }

    #[test]
    fn what_came_to_a_good_end_is_not_counted() {
        let (limits, key) = (Limits::default(), address("192.0.2.1"));

        for _ in 0..1_000 {
            assert_eq!(limits.take(Kind::Begun, key, NOW_MS), Ok(()));
            limits.forgive(Kind::Begun, key);
        }
    }

    #[test]
    fn a_household_is_one_network_and_nobody_in_particular_is_not_counted() {
        assert_eq!(address("2001:db8:1:2::1"), address("2001:db8:1:2:ffff::9"));
        assert_ne!(address("2001:db8:1:2::1"), address("2001:db8:1:3::1"));
        assert_eq!(address("192.0.2.1"), address("::ffff:192.0.2.1"));
        assert_ne!(address("192.0.2.1"), address("192.0.2.2"));

        let limits = Limits::default();
        assert!((0..1_000).all(|_| limits.take(Kind::Failed, None, NOW_MS).is_ok()));
    }

    #[test]
    fn memory_is_bounded_and_those_who_failed_most_are_remembered_longest() {
        let limits = Limits { remembered_max: 100, ..Limits::default() };
        let worst = address("198.51.100.1");
        for _ in 0..30 {
            limits.take(Kind::Failed, worst, NOW_MS).unwrap();
        }

        for number in 0..10_000_u32 {
            let one = Some(Key::of_address(IpAddr::V4(number.into())));
            limits.take(Kind::Failed, one, NOW_MS).unwrap();
            assert!(limits.of(Kind::Failed).len() <= 100);
        }

        assert!(limits.check(Kind::Failed, worst, NOW_MS).is_err());
        limits.take(Kind::Failed, address("203.0.113.1"), NOW_MS + 3_600_000).unwrap();
        let all = |_| limits.take(Kind::Failed, address("203.0.113.2"), NOW_MS + 3_600_000).is_ok();
        assert!((0..30).all(all));
    }
}
