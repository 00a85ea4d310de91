//! From a permit to what it lets one see: the filter that every question to the store is given.
//!
//! A permit says "people with a care relationship"; the view says which people those are now. They come from the
//! relationships kept with the record, cached for as long as no relationship changes and at most [`CACHE_MS_MAX`], because
//! relationships also begin and end by the clock.

use crate::Inner;
use crate::acting::{self, acts_for_another};
use crate::claim;
use crate::emergency;
use crate::error::RecordError;
use crate::log::Subject;
use crate::read::Resource;
use crate::relations;
use crate::uses;
use crate::whereabouts;
use fhir::{ResourceId, ResourceType};
use gate::consent::Reach;
use gate::{Action, Asker, DataKind, Label, Permit, Purpose, Relation, RelationKind, Scope, Topic};
use roaring::RoaringBitmap;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use store::{KindSet, Labels, Part, Parts, Rid, Rule, Store, Visibility};

/// Longest time for which a set of related people is kept without asking again.
pub const CACHE_MS_MAX: i64 = 10_000;
/// How many sets of related people are kept; the cache is emptied when it is full.
const CACHE_SETS_MAX: usize = 512;

/// What one permit lets its holder see, at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    /// The filter.
    pub(crate) visibility: Visibility,
    /// The policy behind each rule of the filter, in the same order.
    rules: Vec<String>,
    related: Arc<Related>,
    /// What it lets its holder see whole; none where that is all that it lets her see.
    places: Option<Visibility>,
}

/// What a question can tell about where a person lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
enum Asks {
    /// Who somebody is, and nothing else.
    Identity,
    /// Possibly where she lives: who may not see that does not find her.
    #[default]
    Anything,
}

/// In which manner a view is made.
#[derive(Clone, Copy, Debug, Default)]
struct Manner {
    /// Without what is the asker's own.
    is_without_own: bool,
    asks: Asks,
    /// The person for whom an emergency is supposed to be declared.
    supposed: Option<Part>,
    /// The person, registered with the asker's practice, whose grants alone are looked for.
    grants_of: Option<Part>,
}

/// The people with whom somebody has a care relationship, and which.
#[derive(Clone, Debug, Default)]
struct Related {
    parts: Arc<RoaringBitmap>,
    kinds: HashMap<u32, u8>,
}

/// Sets of related people that are still true.
#[derive(Debug, Default)]
pub(crate) struct RelatedCache(Mutex<HashMap<Vec<u64>, Kept>>);

/// The epoch of the relationships, when they were read (milliseconds since 1970 UTC), and the people.
type Kept = (u64, i64, Arc<Related>);

impl View {
    /// The view of `permit` now. Whoever acts for another person sees her record and changes nothing in it.
    pub(crate) fn of(inner: &Inner, permit: &Permit) -> Result<Self, RecordError> {
        let changes = matches!(permit.action(), Action::Create | Action::Update | Action::Delete | Action::Import);
        if changes && permit.purpose() == Purpose::Audit {
            // Leave to keep cases about the log and to lock is no leave to write resources.
            return Ok(Self::default());
        }
        let is_without_own = changes && acts_for_another(permit.asker());
        Self::made(inner, permit, Manner { is_without_own, ..Manner::default() })
    }

    /// The view for a question about who somebody is: it also has those whose whereabouts are protected, without these.
    pub(crate) fn of_identity(inner: &Inner, permit: &Permit) -> Result<Self, RecordError> {
        Self::made(inner, permit, Manner { asks: Asks::Identity, ..Manner::default() })
    }

    /// The view of `permit`; for an emergency, as after declaring one for the person of `part`.
    pub(crate) fn as_if_declared(inner: &Inner, permit: &Permit, part: Part) -> Result<Self, RecordError> {
        Self::made(inner, permit, Manner { supposed: Some(part), ..Manner::default() })
    }

    /// The view with which somebody who acts for another person gives that up: the one change that is hers.
    pub(crate) fn of_grantee(inner: &Inner, permit: &Permit) -> Result<Self, RecordError> {
        Self::made(inner, permit, Manner::default())
    }

    /// The view of a practice of the choices about sharing of one person who is registered with it; the caller leaves out whatever is
    /// no grant.
    pub(crate) fn of_grants(inner: &Inner, permit: &Permit, part: Part) -> Result<Self, RecordError> {
        Self::made(inner, permit, Manner { grants_of: Some(part), ..Manner::default() })
    }

    fn made(inner: &Inner, permit: &Permit, manner: Manner) -> Result<Self, RecordError> {
        let Manner { is_without_own, asks, supposed, grants_of } = manner;
        let asker = permit.asker();
        let withheld = inner.choices.withheld(inner, permit)?;
        let nothing = Visibility { rules: Vec::new(), withheld };
        let places = (asks == Asks::Identity).then(|| nothing.clone());
        let mut view = Self { visibility: nothing, rules: Vec::new(), related: Arc::default(), places };
        let bound = Bound::of(inner, permit)?;
        let open = if is_without_own { None } else { acting::open(inner, asker)? };
        for scope in permit.scopes().filter_map(|scope| at_the_desk(scope, permit.purpose(), grants_of.is_some())) {
            let parts = match scope.relation {
                Relation::Anyone => Parts::Everyone,
                Relation::Nobody => Parts::Shared,
                Relation::Own => {
                    for (open, reach) in open
                        .iter()
                        .flat_map(|open| open.reaches(permit.action()).into_iter().map(move |reach| (open, reach)))
                    {
                        view.add_scope(
                            &scope,
                            narrowed(rule(&scope, bound.within(Parts::one(open.part))), &reach),
                            asks,
                        );
                    }
                    continue;
                }
                Relation::Related if permit.purpose() == Purpose::BreakGlass => {
                    match emergency_part(inner, asker, supposed)? {
                        None => continue,
                        Some(part) => {
                            view.related = Arc::new(Related::one(part, RelationKind::Emergency));
                            Parts::one(part)
                        }
                    }
                }
                Relation::Related if grants_of.is_some() => {
                    let Some(part) = grants_of else { continue };
                    view.related = Arc::new(Related::one(part, RelationKind::RegisteredPractice));
                    Parts::one(part)
                }
                Relation::Related => {
                    view.related = inner.related.of(&inner.store, permit, inner.clock.now_ms())?;
                    if let Some(part) = claim::part(inner, permit)? {
                        view.add_claim(&scope, part);
                    }
                    Parts::These(Arc::clone(&view.related.parts))
                }
            };
            view.add_scope(&scope, rule(&scope, bound.within(parts)), asks);
        }
        Ok(view)
    }

    /// What a scope opens; for a question of identity also those whose whereabouts it leaves out.
    fn add_scope(&mut self, scope: &Scope<'_>, rule: Rule, asks: Asks) {
        if asks == Asks::Identity && scope.labels & Label::WithoutWhereabouts.bit() != 0 {
            let labels = Labels::from_bits(scope.labels | Label::Restricted.bit() | Topic::all_bits());
            let kinds = rule.kinds.and(KindSet::NONE.with(ResourceType::PATIENT));
            self.add(scope, Rule { kinds, labels, ..rule.clone() });
        }
        self.add_whole(scope, rule);
    }

    /// One person's record as a relationship would open it, but nothing that is labelled as more private.
    fn add_claim(&mut self, scope: &Scope<'_>, part: Part) {
        let narrowed = Scope { labels: scope.labels & claim::LABELS, ..*scope };
        self.add_whole(scope, rule(&narrowed, Parts::one(part)));
        let related = Arc::make_mut(&mut self.related);
        related.kinds.entry(part.number()).or_insert(RelationKind::SelfClaimed.code());
    }

    /// Adds what its holder sees whole.
    fn add_whole(&mut self, scope: &Scope<'_>, rule: Rule) {
        if let Some(places) = &mut self.places {
            places.rules.push(rule.clone());
        }
        self.add(scope, rule);
    }

    fn add(&mut self, scope: &Scope<'_>, rule: Rule) {
        self.visibility.rules.push(rule);
        self.rules.push(scope.rule.id.as_str().to_owned());
    }

    /// A resource as this view gives it out: a Patient without her whereabouts where they are not for its holder.
    pub(crate) fn given(&self, resource: Resource) -> Result<Resource, RecordError> {
        let Some(places) = self.places.as_ref().filter(|_| resource.kind == ResourceType::PATIENT) else {
            return Ok(resource);
        };
        if places.sees(resource.rid, resource.labels) {
            return Ok(resource);
        }
        let body = whereabouts::without(&resource.body)?;
        Ok(Resource { body, ..resource })
    }

    /// Whether the reader's rules admit a resource with these properties in each of these parts.
    pub(crate) fn admits(&self, kind: ResourceType, labels: Labels, parts: &[Option<Part>]) -> bool {
        let in_part = |part: Option<Part>| {
            self.visibility.rules.iter().any(|rule| {
                let there = match (&rule.parts, part) {
                    (Parts::Everyone, _) => true,
                    (Parts::Shared, Some(part)) => part == Part::SHARED,
                    (Parts::These(parts), Some(part)) => parts.contains(part.number()),
                    (_, None) => false,
                };
                there && rule.kinds.contains(kind) && labels.within(rule.labels)
            })
        };
        if parts.is_empty() { in_part(Some(Part::SHARED)) } else { parts.iter().all(|part| in_part(*part)) }
    }

    /// Whether no resource of this type could be hidden from the reader: then an id that she does not see is one that never was.
    pub(crate) fn sees_all_of(&self, kind: ResourceType) -> bool {
        let all = Labels::from_bits(Label::all_bits() | Topic::all_bits());
        let sees_all =
            |rule: &Rule| rule.parts == Parts::Everyone && rule.kinds.contains(kind) && all.within(rule.labels);
        self.visibility.withheld.0.is_empty() && self.visibility.rules.iter().any(sees_all)
    }

    /// The relationship behind the view of one person's record, if there is one.
    pub(crate) fn relation_to(&self, part: Part) -> Option<RelationKind> {
        self.related.kinds.get(&part.number()).and_then(|kind| RelationKind::from_code(*kind))
    }

    /// The policy that lets the reader see this row; empty when none does.
    pub(crate) fn rule_for(&self, rid: Rid, labels: Labels) -> &str {
        let alone = |rule: &Rule| Visibility::of(vec![rule.clone()]).sees(rid, labels);
        let place = self.visibility.rules.iter().position(alone);
        place.and_then(|place| self.rules.get(place)).map_or("", String::as_str)
    }

    /// The person of a row with the relationship that stands behind it, for the log.
    pub(crate) fn subject(&self, part: Part) -> Option<Subject> {
        let relation = self.related.kinds.get(&part.number()).map_or(0, |kind| kind + 1);
        (part != Part::SHARED).then(|| Subject { part: part.number(), relation })
    }
}

/// The people to whom a permit for a purpose beyond care is bound; none for other purposes.
pub(crate) struct Bound(Option<Arc<RoaringBitmap>>);

impl Bound {
    /// Whose data may be used for the purpose of `permit` now.
    pub(crate) fn of(inner: &Inner, permit: &Permit) -> Result<Self, RecordError> {
        uses::bound(inner, permit).map(Self)
    }

    /// What of these parts may be used; what is in nobody's record always may.
    pub(crate) fn within(&self, parts: Parts) -> Parts {
        let Some(allowed) = &self.0 else { return parts };
        match parts {
            Parts::Everyone => {
                let mut these = allowed.as_ref().clone();
                these.insert(Part::SHARED.number());
                Parts::These(Arc::new(these))
            }
            Parts::Shared => Parts::Shared,
            Parts::These(parts) => Parts::These(Arc::new(parts.as_ref() & allowed.as_ref())),
        }
    }
}

/// The person whose record an emergency opens: one that is supposed, or that was declared.
fn emergency_part(inner: &Inner, asker: &Asker, supposed: Option<Part>) -> Result<Option<Part>, RecordError> {
    supposed.map_or_else(|| emergency::part(inner, asker), |part| Ok(Some(part)))
}

/// What a scope of a permit reaches in these parts, as a rule of the filter.
pub(crate) fn rule(scope: &Scope<'_>, parts: Parts) -> Rule {
    // Policies speak of coarse labels; topics are for the choices of each person.
    let labels = Labels::from_bits(scope.labels | Topic::all_bits());
    Rule { parts, kinds: KindSet::from_words(scope.types.words()), labels }
}

/// Leave for choices about sharing to run the service is leave for grants at a practice ([`crate::granting`]), and for nothing else:
/// everywhere else it reaches none, and there it reaches nothing besides.
fn at_the_desk<'p>(scope: Scope<'p>, purpose: Purpose, for_grants: bool) -> Option<Scope<'p>> {
    let choices = DataKind::Consent.types();
    if purpose != Purpose::Administration || scope.relation != Relation::Related {
        return (!for_grants).then_some(scope);
    }
    let kept = scope.types.intersection(choices);
    let types = match (for_grants, kept.is_empty()) {
        (true, _) => kept,
        (false, true) => scope.types,
        (false, false) => scope.types.iter().filter(|kind| !choices.contains(*kind)).collect(),
    };
    (!types.is_empty()).then_some(Scope { types, ..scope })
}

/// What of a rule a grant to act for the person reaches.
fn narrowed(rule: Rule, reach: &Reach) -> Rule {
    let kinds = rule.kinds.and(KindSet::from_words(reach.types.words()));
    Rule { kinds, labels: rule.labels.without(Labels::from_bits(reach.without)), ..rule }
}

impl RelatedCache {
    fn of(&self, store: &Store, permit: &Permit, now_ms: i64) -> Result<Arc<Related>, RecordError> {
        let acts_as = permit.asker().acts_as.as_slice();
        // Bookings are made for colleagues as for everybody.
        let is_booking = permit.purpose() == Purpose::Administration;
        let actors: Vec<u64> =
            acts_as.iter().map(|reference| relations::actor(reference)).chain([u64::from(is_booking)]).collect();
        let epoch = store.read(|reader| Ok(reader.relation_epoch()))?;
        if let Ok(cache) = self.0.lock()
            && let Some((then, at_ms, related)) = cache.get(&actors)
            && *then == epoch
            && (now_ms - at_ms).abs() <= CACHE_MS_MAX
        {
            return Ok(Arc::clone(related));
        }
        let (people, organisations): (Vec<&String>, Vec<&String>) =
            acts_as.iter().partition(|reference| relations::names_a_professional(reference));
        let numbers = |references: Vec<&String>| references.into_iter().map(|one| relations::actor(one)).collect();
        let mut under = Under { people: numbers(people), organisations: numbers(organisations), is_booking };
        under.organisations.extend(codes_of(store, acts_as)?);
        let related = Arc::new(Related::read(store, &under, now_ms)?);
        if let Ok(mut cache) = self.0.lock() {
            if cache.len() >= CACHE_SETS_MAX {
                cache.clear();
            }
            cache.insert(actors, (epoch, now_ms, Arc::clone(&related)));
        }
        Ok(related)
    }
}

/// The numbers under which relationships with the asker's organisations are kept by their codes.
fn codes_of(store: &Store, acts_as: &[String]) -> Result<Vec<u64>, RecordError> {
    let mut codes = Vec::new();
    for id in acts_as.iter().filter_map(|reference| reference.strip_prefix("Organization/")) {
        let (Some(kind), Ok(id)) = (ResourceType::parse("Organization"), ResourceId::parse(id)) else { continue };
        let found = store.read(|reader| reader.get(&Visibility::everything(), kind, &id))?;
        let Some(store::Found::Here(row)) = found else { continue };
        let tree = fhir::json::parse(&row.body).map_err(|_| crate::read::damaged())?;
        codes.extend(relations::actors_of_organisation(&tree));
    }
    Ok(codes)
}

/// The numbers under which somebody's relationships are kept.
struct Under {
    /// As a professional who is named.
    people: Vec<u64>,
    /// As one of an organisation, a place or a team.
    organisations: Vec<u64>,
    /// Whether they count for bookings only, and not for care.
    is_booking: bool,
}

impl Under {
    /// The people who are in care where they work, and asked that only those see their record there who are named in their care.
    fn colleagues(&self, store: &Store, now_ms: i64) -> Result<RoaringBitmap, RecordError> {
        let mut colleagues = RoaringBitmap::new();
        if self.is_booking {
            return Ok(colleagues);
        }
        let everywhere = relations::actor_of_every_organisation();
        for actor in self.organisations.iter().chain([&everywhere]) {
            let found = store.read(|reader| reader.relations(*actor, now_ms))?;
            let wishes = found.iter().filter(|(_, kind)| *kind == relations::AMONG_COLLEAGUES);
            colleagues.extend(wishes.map(|(part, _)| part.number()));
        }
        Ok(colleagues)
    }
}

impl Related {
    /// One relationship with one person.
    fn one(part: Part, kind: RelationKind) -> Self {
        let kinds = HashMap::from([(part.number(), kind.code())]);
        Self { parts: Arc::new(RoaringBitmap::from_iter([part.number()])), kinds }
    }

    /// Reads them from the store. Where somebody has several relationships with a person, the first kind is the one told.
    fn read(store: &Store, under: &Under, now_ms: i64) -> Result<Self, RecordError> {
        let mut related = Self::default();
        let mut parts = RoaringBitmap::new();
        let colleagues = under.colleagues(store, now_ms)?;
        let people = under.people.iter().map(|actor| (actor, true));
        for (actor, is_named) in people.chain(under.organisations.iter().map(|actor| (actor, false))) {
            for (part, kind) in store.read(|reader| reader.relations(*actor, now_ms))? {
                let is_kept_back = !is_named && colleagues.contains(part.number());
                if RelationKind::from_code(kind).is_none() || is_kept_back {
                    continue;
                }
                parts.insert(part.number());
                let known = related.kinds.entry(part.number()).or_insert(kind);
                *known = (*known).min(kind);
            }
        }
        related.parts = Arc::new(parts);
        Ok(related)
    }
}
