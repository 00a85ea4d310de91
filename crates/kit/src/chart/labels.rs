//! Where a label in a drawing can stand: near what it names, on no mark, on no other label, inside the frame.
//!
//! Widths are estimated from above, since a drawing is made without knowing the reader's font. A label that finds no room is left
//! out: the value is in the mark's tooltip, in the sentence and in the table.

/// A rectangle in units of the drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Area {
    /// Around a middle, with half a width and half a height.
    pub(super) fn around((x, y): (f64, f64), (across, up): (f64, f64)) -> Self {
        Self { left: x - across, top: y - up, right: x + across, bottom: y + up }
    }

    /// Whether the two share more than an edge.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    /// Whether the other is wholly inside.
    pub(super) fn holds(&self, other: &Self) -> bool {
        self.left <= other.left && self.top <= other.top && other.right <= self.right && other.bottom <= self.bottom
    }

    fn moved(self, (right, down): (f64, f64)) -> Self {
        Self { left: self.left + right, right: self.right + right, top: self.top + down, bottom: self.bottom + down }
    }
}

/// Half the room that a mark takes, whatever its shape, with a little air.
pub(super) const MARK_HALF: f64 = 8.0;
/// The height of a line of a label.
const LINE: f64 = 15.0;
/// The width of a letter of a bold label: more than the mean of words and numbers, which is 7.
const LETTER: f64 = 8.0;
/// How far the writing's base line is above the lower edge of its area.
const BASE: f64 = 3.5;

/// A label with its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Label {
    pub(super) text: String,
    pub(super) area: Area,
}

impl Label {
    /// The middle of the label, where `text-anchor="middle"` takes it.
    pub(super) fn x(&self) -> f64 {
        f64::midpoint(self.area.left, self.area.right)
    }

    /// Its base line.
    pub(super) fn y(&self) -> f64 {
        self.area.bottom - BASE
    }
}

/// Places labels one after another, the most important first.
#[derive(Debug)]
pub(super) struct Places {
    frame: Area,
    taken: Vec<Area>,
}

impl Places {
    /// A frame with marks in the way.
    pub(super) fn new(frame: Area, marks: impl Iterator<Item = (f64, f64)>) -> Self {
        Self { frame, taken: marks.map(|at| Area::around(at, (MARK_HALF, MARK_HALF))).collect() }
    }

    /// The nearest free place for a label of what is at a point; none where there is no room.
    pub(super) fn place(&mut self, text: &str, at: (f64, f64)) -> Option<Label> {
        let letters = u32::try_from(text.chars().count()).ok()?;
        let size = (f64::from(letters) * LETTER / 2.0, LINE / 2.0);
        let middle = Area::around(at, size);
        let (aside, up) = (size.0 + MARK_HALF + 1.0, size.1 + MARK_HALF + 1.0);
        // Above, below, beside; then further out, and slid to either side.
        let near = [(0.0, -up), (0.0, up), (aside, 0.0), (-aside, 0.0)];
        let out = (1..=6).flat_map(|step| {
            let (far, slid) = (up + f64::from(step) * 8.0, size.0 * f64::from(step) / 3.0);
            [(0.0, -far), (0.0, far), (-slid, -up), (slid, -up), (-slid, up), (slid, up), (-slid, -far), (slid, far)]
        });
        let mut places = near.into_iter().chain(out).map(|by| middle.moved(by));
        let area =
            places.find(|area| self.frame.holds(area) && !self.taken.iter().any(|taken| taken.overlaps(area)))?;
        self.taken.push(area);
        Some(Label { text: text.to_owned(), area })
    }
}
