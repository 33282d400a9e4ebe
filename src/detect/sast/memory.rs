//! Sizes of memory in C: arrays that are declared, memory that is taken, and
//! whether what is copied is larger. Sizes that are not constants are not known.

use super::code::Id;
use super::code::Kind;
use super::demand::ArgValue;
use super::demand::number;
use super::machine::Machine;
use super::value::Const;
use super::value::Val;

/// Bytes of the types of C whose size is the same nearly everywhere.
fn width(of: &str) -> Option<u64> {
    let word = of.split_whitespace().last().unwrap_or(of);
    Some(match word {
        "char" | "uint8_t" | "int8_t" | "byte" | "BYTE" | "u8" | "bool" => 1,
        "short" | "uint16_t" | "int16_t" | "u16" => 2,
        "int" | "wchar_t" | "float" | "uint32_t" | "int32_t" | "u32" | "unsigned" => 4,
        "long" | "double" | "uint64_t" | "int64_t" | "size_t" | "int64" | "u64" => 8,
        _ => return None,
    })
}

impl<'a> Machine<'a, '_> {
    /// An array that is declared, with what it starts as.
    pub(super) fn array(&mut self, size: Option<Id>, of: &str, first: Option<Id>) -> Val {
        let mut value = first.map(|first| self.eval(first)).unwrap_or_default();
        let count = size
            .map(|size| self.eval(size))
            .and_then(|size| number(size.as_constant()))
            .and_then(|count| u64::try_from(count).ok());
        let held = value.text().map(|text| text.len() as u64 + 1);
        let data = value.edit();
        data.is_array = true;
        data.size = match (count, size) {
            (Some(count), _) => width(of).and_then(|width| width.checked_mul(count)),
            (None, None) => held,
            (None, Some(_)) => None,
        };
        value
    }

    /// Memory of a known size that a call takes.
    pub(super) fn allocated(&self, path: &str, values: &[ArgValue<'a>]) -> Option<Val> {
        if !self.is_c {
            return None;
        }
        let count = |at: usize| {
            let value = number(values.get(at)?.value.as_constant())?;
            u64::try_from(value).ok()
        };
        let size = match path {
            "malloc" | "alloca" | "_alloca" | "ALLOCA" => count(0),
            "calloc" => count(0)?.checked_mul(count(1)?),
            "realloc" => count(1),
            _ => return None,
        };
        let mut value = Val::default();
        value.edit().size = size;
        Some(value)
    }

    /// `sizeof x`, where the size of `x` is known.
    pub(super) fn size_of(&mut self, of: Id) -> Val {
        let code = self.code;
        let size = match code.kind(of) {
            Kind::Name(name) => match width(name) {
                Some(width) => Some(width),
                None => {
                    let value = self.known(name).and_then(Val::data);
                    value
                        .filter(|data| data.is_array)
                        .and_then(|data| data.size)
                }
            },
            _ => None,
        };
        match size {
            Some(size) => Val::constant(Const::Num(size.to_string().into())),
            None => Val::default(),
        }
    }
}

/// True when what `from` holds is larger than what `to` can hold.
pub(super) fn overflows(from: &Val, to: &Val) -> bool {
    let Some(room) = to.data().and_then(|data| data.size) else {
        return false;
    };
    let held = from.text().map(|text| text.len() as u64 + 1);
    let size = held.or_else(|| from.data().and_then(|data| data.size));
    size.is_some_and(|size| size > room)
}

/// True when a number of bytes is larger than what `to` can hold.
pub(super) fn is_beyond(count: &Val, to: &Val) -> bool {
    let room = to.data().and_then(|data| data.size);
    let count = number(count.as_constant()).and_then(|count| u64::try_from(count).ok());
    room.zip(count).is_some_and(|(room, count)| count > room)
}
