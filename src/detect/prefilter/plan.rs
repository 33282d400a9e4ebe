//! Chooses what the filter looks for: of each literal the rarest window of four bytes, and for each window one of 32
//! buckets, so that the buckets together let as little ordinary text pass as a quick greedy choice can achieve. What
//! the resulting tables are looked up with is left to the filters.

use super::Literal;
use super::frequency::CLASSES;
use super::frequency::Frequency;
use super::frequency::class;

/// Number of buckets: the bits of one table entry.
pub(super) const BUCKETS: usize = 32;

/// Bytes of a window.
pub(super) const WINDOW: usize = 4;

/// Windows begin within this many bytes of a literal, so that the margin behind a range stays small.
const FARTHEST: usize = 16;

/// Windows of a literal that are tried in every bucket: its rarest ones.
const TRIES: usize = 3;

/// How much dearer it is to look for the literals of a window than to see that there is no such window.
const CONFIRM: f32 = 4.0;

/// Four bytes of text, of which all, or for literals shorter than five bytes at least three, lie in a literal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) literal: u16,
    /// Where the window begins in the literal; -1 if one byte before it.
    pub(super) offset: i16,
}

/// The windows, and a table for each column that says which buckets the bytes of the column are in.
///
/// A column is `WIDTH` bytes wide and its cells are all the values these bytes can have, as classes. Text passes the
/// filter if one bucket has the cells of all columns. Windows are looked for at every `WIDTH`-th position, hence
/// each literal has as many windows, one that fits each remainder.
pub(super) struct Plan<const WIDTH: usize> {
    pub(super) windows: Vec<Window>,
    pub(super) columns: Vec<Vec<u32>>,
    /// Probability of each bucket's cells, by column.
    mass: Vec<[f32; BUCKETS]>,
    /// Probability of text that passes each bucket: the product of its masses.
    passing: [f32; BUCKETS],
    frequency: Frequency,
}

/// The cells that agree with a window in one column: several if some of the bytes may be any.
#[derive(Clone, Copy)]
enum Cells {
    /// So many, each `step` behind the one before.
    Row {
        first: usize,
        step: usize,
        count: usize,
    },
    /// Those of bytes that are in no word.
    Gaps,
}

impl Cells {
    fn iter(self) -> impl Iterator<Item = usize> {
        let (first, step, count) = match self {
            Cells::Row { first, step, count } => (first, step, count),
            Cells::Gaps => (0, 1, CLASSES),
        };
        (0..count)
            .map(move |i| first + i * step)
            .filter(move |&cell| !matches!(self, Cells::Gaps) || is_gap(cell))
    }
}

/// Whether a class has bytes that are in no word. The filter that looks at single bytes puts all that is beyond `~`
/// in the class of the space.
const fn is_gap(class: usize) -> bool {
    const SIX: usize = 1 << 5;
    let low = class % SIX;
    class < SIX || low == 0 || (low > 26 && low < 31)
}

/// A window that may stand for its literal, and how probable its bytes are in text.
#[derive(Clone, Copy)]
struct Choice {
    window: Window,
    probability: f32,
}

impl<const WIDTH: usize> Plan<WIDTH> {
    const COLUMNS: usize = WINDOW / WIDTH;
    const CELLS: usize = CLASSES.pow(WIDTH as u32);

    pub(super) fn new(literals: &[Literal<'_>]) -> Plan<WIDTH> {
        let mut plan = Plan {
            windows: Vec::with_capacity(literals.len() * WIDTH),
            columns: vec![vec![0; Self::CELLS]; Self::COLUMNS],
            mass: vec![[0.0; BUCKETS]; Self::COLUMNS],
            passing: [0.0; BUCKETS],
            frequency: Frequency::new(),
        };
        let mut choices: Vec<Vec<Choice>> = Vec::with_capacity(literals.len() * WIDTH);
        for (number, literal) in literals.iter().enumerate() {
            choices.extend(
                (0..WIDTH)
                    .map(|phase| rarest(number as u16, literal, phase, WIDTH, &plan.frequency)),
            );
        }
        // The windows nobody can avoid come first; the others then find room beside them.
        choices.sort_by(|a, b| b[0].probability.total_cmp(&a[0].probability));
        for of_literal in &choices {
            plan.place(literals, of_literal);
        }
        plan
    }

    /// Puts the window and takes the bucket that let the least additional text pass.
    fn place(&mut self, literals: &[Literal<'_>], choices: &[Choice]) {
        let mut best = (f32::INFINITY, choices[0].window, 0);
        for choice in choices {
            let window = choice.window;
            let costs = self.costs(&literals[usize::from(window.literal)], window.offset);
            for (bucket, cost) in costs.into_iter().enumerate() {
                let cost = cost + CONFIRM * choice.probability;
                if cost < best.0 {
                    best = (cost, window, bucket);
                }
            }
        }
        let (_, window, bucket) = best;
        for column in 0..Self::COLUMNS {
            for cell in Self::cells(
                &literals[usize::from(window.literal)],
                window.offset,
                column,
            )
            .iter()
            {
                if self.columns[column][cell] >> bucket & 1 == 0 {
                    self.columns[column][cell] |= 1 << bucket;
                    self.mass[column][bucket] += self.frequency_of(cell);
                }
            }
        }
        self.passing[bucket] = self.mass.iter().map(|mass| mass[bucket]).product();
        self.windows.push(window);
    }

    /// How much more text each bucket would let pass with the window in it.
    fn costs(&self, literal: &Literal<'_>, offset: i16) -> [f32; BUCKETS] {
        let mut after = [1.0; BUCKETS];
        for column in 0..Self::COLUMNS {
            let cells = Self::cells(literal, offset, column);
            if matches!(cells, Cells::Row { count, .. } if count == Self::CELLS) {
                continue;
            }
            let mut mass = self.mass[column];
            for cell in cells.iter() {
                let (entry, probability) = (self.columns[column][cell], self.frequency_of(cell));
                for (bucket, mass) in mass.iter_mut().enumerate() {
                    *mass += if entry & 1 << bucket == 0 {
                        probability
                    } else {
                        0.0
                    };
                }
            }
            for (product, mass) in after.iter_mut().zip(mass) {
                *product *= mass;
            }
        }
        std::array::from_fn(|bucket| after[bucket] - self.passing[bucket])
    }

    fn cells(literal: &Literal<'_>, offset: i16, column: usize) -> Cells {
        let byte = |i: usize| {
            let at = usize::try_from(i32::from(offset) + i as i32).ok()?;
            literal.text.get(at).map(|&b| usize::from(class(b)))
        };
        if WIDTH == 1 {
            return match byte(column) {
                None if offset < 0 && column == 0 && literal.bounded => Cells::Gaps,
                Some(first) => Cells::Row {
                    first,
                    step: 1,
                    count: 1,
                },
                None => Cells::Row {
                    first: 0,
                    step: 1,
                    count: CLASSES,
                },
            };
        }
        match (byte(2 * column), byte(2 * column + 1)) {
            (Some(low), Some(high)) => Cells::Row {
                first: low + high * CLASSES,
                step: 1,
                count: 1,
            },
            (Some(low), None) => Cells::Row {
                first: low,
                step: CLASSES,
                count: CLASSES,
            },
            (None, Some(high)) => Cells::Row {
                first: high * CLASSES,
                step: 1,
                count: CLASSES,
            },
            (None, None) => Cells::Row {
                first: 0,
                step: 1,
                count: Self::CELLS,
            },
        }
    }

    fn frequency_of(&self, cell: usize) -> f32 {
        if WIDTH == 1 {
            self.frequency.single[cell]
        } else {
            self.frequency.pair[cell]
        }
    }
}

/// The rarest windows of a literal that begin `phase` bytes, or that and a multiple of `width`, into it. At every
/// position the window of a bounded literal may also begin with the gap before it.
fn rarest(
    number: u16,
    literal: &Literal<'_>,
    phase: usize,
    width: usize,
    frequency: &Frequency,
) -> Vec<Choice> {
    let bytes = literal.text;
    let gap = width == 1 && literal.bounded;
    let least = match bytes.len() {
        WINDOW if width > 1 => WINDOW - 1,
        length => length.min(WINDOW),
    };
    let first = -((phase > 0 || gap) as i16);
    let mut choices: Vec<Choice> = (first..bytes.len().min(FARTHEST) as i16)
        .step_by(width)
        .filter_map(|offset| {
            let known =
                &bytes[offset.max(0) as usize..bytes.len().min((offset + WINDOW as i16) as usize)];
            let window = Window {
                literal: number,
                offset,
            };
            if gap && offset < 0 {
                let probability = frequency.of(known) * frequency.before(known[0], is_gap);
                return Some(Choice {
                    window,
                    probability,
                });
            }
            let probability = frequency.of(known);
            (known.len() >= least).then_some(Choice {
                window,
                probability,
            })
        })
        .collect();
    choices.sort_by(|a, b| a.probability.total_cmp(&b.probability));
    choices.truncate(TRIES);
    choices
}
