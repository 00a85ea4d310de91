//! The tree while it grows, and the tiles in which C2SP tlog-tiles gives it away.
//!
//! In memory stay the leaves of the last, unfilled tile and one hash for each full tile: an eighth of a byte for each leaf and
//! level. The older leaves are read back from wherever they are kept.

use crate::decimal;
use crate::tree::{self, Hash, Nodes};
use std::fmt;

/// Hashes of a full tile: height 8.
pub const TILE_WIDTH: u64 = 256;
const TILE_HEIGHT: u32 = 8;

/// The tree of a log that grows.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    size: u64,
    /// The leaves after the last full tile.
    open: Vec<Hash>,
    /// The roots of the full tiles of each level.
    full: Vec<Vec<Hash>>,
}

impl Rows {
    /// How many leaves there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf.
    pub fn push(&mut self, leaf: Hash) {
        self.size += 1;
        self.open.push(leaf);
        if u64::try_from(self.open.len()).is_ok_and(|width| width == TILE_WIDTH) {
            let mut root = tree::root_of(&self.open);
            self.open.clear();
            for level in 0_usize.. {
                if self.full.len() == level {
                    self.full.push(Vec::new());
                }
                let Some(row) = self.full.get_mut(level) else { return };
                row.push(root);
                if row.len() % 256 != 0 {
                    return;
                }
                root = tree::root_of(row.get(row.len() - 256..).unwrap_or_default());
            }
        }
    }

    /// The nodes of this tree, with a way to read `count` leaves from the place `start` of its full tiles.
    pub fn nodes<E, F: FnMut(u64, u64) -> Result<Vec<Hash>, E>>(&self, leaves: F) -> Grown<'_, F> {
        Grown { rows: self, leaves }
    }

    /// The root now.
    #[must_use]
    pub fn root(&self) -> Hash {
        // No old leaf is needed: every full tile has its hash in a row.
        let mut nodes = self.nodes(|_, _| Ok::<_, std::convert::Infallible>(Vec::new()));
        match tree::root(&mut nodes, self.size) {
            Ok(root) => root,
            Err(never) => match never {},
        }
    }

    /// The hashes of a row above the leaves, or of the unfilled tile; `None` when they are leaves that are kept elsewhere.
    fn held(&self, tile_level: u32, start: u64, count: u64) -> Option<&[Hash]> {
        let (row, start) = match tile_level.checked_sub(1) {
            Some(level) => (self.full.get(usize::try_from(level).ok()?)?, start),
            None => (&self.open, start.checked_sub(self.size - self.size % TILE_WIDTH)?),
        };
        row.get(usize::try_from(start).ok()?..usize::try_from(start.checked_add(count)?).ok()?)
    }
}

/// A growing tree with a way back to its older leaves.
pub struct Grown<'a, F> {
    rows: &'a Rows,
    leaves: F,
}

impl<E, F: FnMut(u64, u64) -> Result<Vec<Hash>, E>> Grown<'_, F> {
    /// The hashes of a tile; none when the tree of `size` leaves has no such tile.
    ///
    /// # Errors
    /// When older leaves cannot be read.
    pub fn tile(&mut self, name: &TileName, size: u64) -> Result<Vec<Hash>, E> {
        let there = size.min(self.rows.size).checked_shr(TILE_HEIGHT * name.level).unwrap_or(0);
        let is_there = |start: &u64| start.checked_add(name.width).is_some_and(|end| end <= there);
        let Some(start) = name.number.checked_mul(TILE_WIDTH).filter(is_there) else { return Ok(Vec::new()) };
        match self.rows.held(name.level, start, name.width) {
            Some(hashes) => Ok(hashes.to_vec()),
            None if name.level == 0 => (self.leaves)(start, name.width),
            None => Ok(Vec::new()),
        }
    }
}

impl<E, F: FnMut(u64, u64) -> Result<Vec<Hash>, E>> Nodes for Grown<'_, F> {
    type Error = E;

    fn node(&mut self, level: u32, index: u64) -> Result<Hash, E> {
        let (tile_level, height) = (level / TILE_HEIGHT, level % TILE_HEIGHT);
        let (start, count) = (index << height, 1 << height);
        match self.rows.held(tile_level, start, count) {
            Some(hashes) => Ok(tree::root_of(hashes)),
            None => Ok(tree::root_of(&(self.leaves)(start, count)?)),
        }
    }
}

/// Which tile: `<L>/<N>[.p/<W>]` of tlog-tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileName {
    /// 0 for the leaves.
    pub level: u32,
    /// Its place in the level.
    pub number: u64,
    /// How many hashes, 256 for a full tile.
    pub width: u64,
}

impl TileName {
    /// Reads what stands after `tile/` in a path.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let (level, rest) = path.split_once('/')?;
        let level = u32::try_from(decimal(level)?).ok().filter(|level| *level < 64)?;
        let (rest, width) = match rest.split_once(".p/") {
            Some((rest, width)) => (rest, decimal(width).filter(|width| (1..TILE_WIDTH).contains(width))?),
            None => (rest, TILE_WIDTH),
        };
        let mut number = 0_u64;
        let mut steps = rest.split('/').peekable();
        while let Some(step) = steps.next() {
            let digits = if steps.peek().is_some() { step.strip_prefix('x')? } else { step };
            let is_three_digits = digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
            number = number.checked_mul(1_000)?.checked_add(digits.parse().ok().filter(|_| is_three_digits)?)?;
        }
        let name = Self { level, number, width };
        (name.to_string() == path).then_some(name)
    }
}

impl fmt::Display for TileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut steps = format!("{:03}", self.number % 1_000);
        let mut rest = self.number / 1_000;
        while rest > 0 {
            steps = format!("x{:03}/{steps}", rest % 1_000);
            rest /= 1_000;
        }
        write!(f, "{}/{steps}", self.level)?;
        if self.width < TILE_WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{inclusion, root_by_path, root_of};

    fn grown(count: u64) -> (Vec<Hash>, Rows) {
        let leaves: Vec<Hash> = (0..count).map(|number| tree::leaf(&[&number.to_le_bytes()])).collect();
        let mut rows = Rows::default();
        leaves.iter().for_each(|leaf| rows.push(*leaf));
        (leaves, rows)
    }

    fn read(leaves: &[Hash]) -> impl FnMut(u64, u64) -> Result<Vec<Hash>, std::convert::Infallible> {
        |start, count| Ok(leaves[usize::try_from(start).unwrap()..usize::try_from(start + count).unwrap()].to_vec())
    }

    #[test]
    fn a_tree_that_grew_has_the_root_and_the_proofs_of_one_made_at_once() {
        for size in [0, 1, 255, 256, 257, 511, 512, 700, 65_535, 65_536, 66_100] {
            let (leaves, rows) = grown(size);
            assert_eq!(rows.root(), root_of(&leaves), "{size}");
            for index in [0, 1, 254, 255, 256, 600, 65_537].into_iter().filter(|index| *index < size) {
                let path = inclusion(&mut rows.nodes(read(&leaves)), index, size).unwrap();
                let leaf = leaves[usize::try_from(index).unwrap()];
                assert_eq!(root_by_path(leaf, index, size, &path), Some(rows.root()), "{index} of {size}");
            }
        }
    }

    #[test]
    fn the_tiles_of_seventy_thousand_leaves_are_those_of_the_specification() {
        let (leaves, rows) = grown(70_000);
        let mut nodes = rows.nodes(read(&leaves));
        let mut width = |path: &str| nodes.tile(&TileName::parse(path).unwrap(), 70_000).unwrap().len();

        assert_eq!((width("0/000"), width("0/272"), width("0/273.p/112"), width("0/273")), (256, 256, 112, 0));
        assert_eq!((width("1/000"), width("1/001.p/17"), width("1/001.p/18")), (256, 17, 0));
        assert_eq!((width("2/000.p/1"), width("2/000"), width("3/000.p/1")), (1, 0, 0));
        assert_eq!(width("0/x072/x057/x594/x037/x927/935"), 0, "the last tile that a number can name");
        let tile = nodes.tile(&TileName::parse("1/001.p/17").unwrap(), 70_000).unwrap();
        assert_eq!(tile[16], root_of(&leaves[272 * 256..273 * 256]));
    }

    #[test]
    fn a_path_is_read_only_as_it_is_written() {
        let name = TileName { level: 0, number: 1_234_067, width: 256 };
        assert_eq!(name.to_string(), "0/x001/x234/067");
        assert_eq!(TileName::parse("0/x001/x234/067"), Some(name));
        assert_eq!(TileName::parse("1/000.p/7"), Some(TileName { level: 1, number: 0, width: 7 }));
        for bad in [
            "0/1",
            "0/x000/001",
            "00/001",
            "64/001",
            "0/001.p/0",
            "0/001.p/256",
            "0/001.p/07",
            "0/+01",
            "entries/000",
            "",
        ] {
            assert_eq!(TileName::parse(bad), None, "{bad}");
        }
    }
}
