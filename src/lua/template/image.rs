//! Two VMs that came about in the same way at different addresses, compared word by word: what is
//! equal is data, what differs as their arenas do points into the arena. Anything else would make a
//! copy differ from its original, and is refused; but for tags of one byte that Lua writes over an old
//! address (in closed upvalues). What no VM ever writes to is not copied but shared.

use std::ffi::c_void;

use crate::memory::{Arena, SharedRegion};

use super::super::vm::Vm;
use super::recorder::{Block, Lot, Recorder};

const WORD: usize = size_of::<u64>();

/// One of the two VMs, no longer running: its memory, and the addresses outside of it that it knows.
pub(super) struct Specimen {
    pub(super) recorder: Box<Recorder>,
    /// Where the record of its natives is: it lives as long as the other specimen, or both would be
    /// at one place.
    pub(super) record: Box<Vm>,
}

impl Specimen {
    fn start(&self) -> usize {
        self.recorder.arena.start()
    }

    fn record(&self) -> usize {
        std::ptr::from_ref(&*self.record) as usize
    }

    /// What Lua hands its allocation function.
    fn allocator(&self) -> usize {
        std::ptr::from_ref(&*self.recorder) as usize
    }

    /// Whether an address, but for its low byte, is one of the arena.
    fn holds(&self, address: u64) -> bool {
        let end = self.recorder.blocks.last().map_or(0, |block| block.at + block.bytes);
        (address as usize | 0xff) >= self.start() && (address as usize & !0xff) <= self.start() + end
    }

    /// The bytes of a block.
    fn bytes(&self, block: &Block) -> &[u8] {
        // SAFETY: the recorder handed the block out; nothing writes to it any more.
        unsafe { std::slice::from_raw_parts((self.start() + block.at) as *const u8, block.bytes) }
    }
}

/// Why two specimens are no image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ImageError {
    #[error("the two VMs allocated differently")]
    Allocations,
    #[error("the word at {at} of a block of {bytes} bytes is {one:#x} in one VM and {two:#x} in the other")]
    Word { at: usize, bytes: usize, one: u64, two: u64 },
    #[error("what copies share points to what each has for itself, in a block of {bytes} bytes at {at}")]
    Shared { at: usize, bytes: usize },
}

/// The live blocks of a VM, side by side. Words that are addresses inside are distances from the
/// start; the lists hold the numbers of words. What all copies share lies where it will be for ever,
/// so that addresses of it are the same in every copy.
pub(super) struct Image {
    words: Box<[u64]>,
    inside: Box<[u32]>,
    record: Box<[u32]>,
    allocator: Box<[u32]>,
    used: usize,
    allocations: u64,
    /// Read-only: strings and prototypes, then the table of strings.
    shared: SharedRegion,
    table: *const c_void,
}

// SAFETY: nothing writes to an image, nor to what it shares, once it is made.
unsafe impl Send for Image {}
// SAFETY: as above.
unsafe impl Sync for Image {}

/// Where a block goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// So far from the start of every copy's arena.
    Own(usize),
    /// So far from the start of the shared region.
    Shared(usize),
}

/// Where every block of a specimen goes.
pub(super) struct Places {
    places: Vec<(Block, Place)>,
    own_bytes: usize,
    shared_bytes: usize,
}

impl Places {
    fn new(blocks: &[Block]) -> Places {
        let (mut own_bytes, mut shared_bytes) = (0, 0);
        let mut places = Vec::with_capacity(blocks.len());
        for block in blocks {
            let (end, place): (&mut usize, fn(usize) -> Place) = match block.lot {
                Lot::Free => continue,
                Lot::Own => (&mut own_bytes, Place::Own),
                Lot::Shared | Lot::SharedString => (&mut shared_bytes, Place::Shared),
            };
            places.push((*block, place(*end)));
            *end += Arena::rounded(block.bytes);
        }
        Places { places, own_bytes, shared_bytes }
    }

    /// The new place of an old one; `None` in a block that is no more.
    pub(super) fn find(&self, at: usize) -> Option<Place> {
        let after = self.places.partition_point(|(block, _)| block.at <= at);
        let (block, place) = self.places.get(after.checked_sub(1)?)?;
        let further = at - block.at;
        block.owns(at).then(|| match *place {
            Place::Own(new) => Place::Own(new + further),
            Place::Shared(new) => Place::Shared(new + further),
        })
    }

    /// As [`Places::find`], for what every copy has for itself.
    pub(super) fn find_own(&self, at: usize) -> Option<usize> {
        match self.find(at)? {
            Place::Own(new) => Some(new),
            Place::Shared(_) => None,
        }
    }
}

// In lua/c/shared.c.
unsafe extern "C" {
    fn skysim_shared_bytes(strings: usize) -> usize;
    fn skysim_index_shared(table: *mut c_void, strings: *mut *mut c_void, count: usize);
}

/// What a word of a specimen means.
enum Meaning {
    Data(u64),
    Address(Place),
    Record,
    Allocator,
}

fn meaning(places: &Places, (one, a): (&Specimen, u64), (two, b): (&Specimen, u64)) -> Option<Meaning> {
    let at = (a as usize).wrapping_sub(one.start());
    if a == b {
        Some(Meaning::Data(a))
    } else if at == (b as usize).wrapping_sub(two.start()) {
        // Without a place: left over where nobody looks any more.
        Some(places.find(at).map_or(Meaning::Data(0), Meaning::Address))
    } else if a as u8 == b as u8 && one.holds(a) && two.holds(b) {
        // Addresses differ in their low byte (see `make`): a tag over the rest of one.
        Some(Meaning::Data(a & 0xff))
    } else if (a as usize, b as usize) == (one.record(), two.record()) {
        Some(Meaning::Record)
    } else if (a as usize, b as usize) == (one.allocator(), two.allocator()) {
        Some(Meaning::Allocator)
    } else {
        None
    }
}

impl Image {
    /// Compares, and moves the live blocks together.
    pub(super) fn new(one: &Specimen, two: &Specimen) -> Result<(Image, Places), ImageError> {
        if one.recorder.blocks != two.recorder.blocks {
            return Err(ImageError::Allocations);
        }
        let blocks = &one.recorder.blocks;
        let places = Places::new(blocks);
        let strings = blocks.iter().filter(|block| block.lot == Lot::SharedString).count();
        // SAFETY: a plain function of a number.
        let table_bytes = unsafe { skysim_shared_bytes(strings) };
        let mut image = Image {
            words: vec![0_u64; places.own_bytes / WORD].into(),
            inside: Box::default(),
            record: Box::default(),
            allocator: Box::default(),
            used: blocks.iter().filter(|block| block.lot == Lot::Own).map(|block| block.bytes).sum(),
            allocations: blocks.len() as u64,
            shared: SharedRegion::new((places.shared_bytes + table_bytes).div_ceil(WORD)),
            table: std::ptr::null(),
        };
        let (mut inside, mut record, mut allocator) = (Vec::new(), Vec::new(), Vec::new());
        let shared_start = image.shared.start();
        for (block, place) in &places.places {
            let pairs = one.bytes(block).chunks(WORD).zip(two.bytes(block).chunks(WORD));
            for (index, (first, second)) in pairs.enumerate() {
                let (a, b) = (word(first), word(second));
                let meaning = meaning(&places, (one, a), (two, b)).filter(|_| a == b || first.len() == WORD);
                let meaning =
                    meaning.ok_or(ImageError::Word { at: index * WORD, bytes: block.bytes, one: a, two: b })?;
                let written = match (place, meaning) {
                    (_, Meaning::Data(data)) => data,
                    (_, Meaning::Address(Place::Shared(at))) => (shared_start + at) as u64,
                    (Place::Shared(_), _) => {
                        return Err(ImageError::Shared { at: index * WORD, bytes: block.bytes });
                    }
                    (Place::Own(start), meaning) => {
                        let number = (start / WORD + index) as u32;
                        let (list, written) = match meaning {
                            Meaning::Address(Place::Own(at)) => (&mut inside, at as u64),
                            Meaning::Record => (&mut record, 0),
                            _ => (&mut allocator, 0),
                        };
                        list.push(number);
                        written
                    }
                };
                match place {
                    Place::Own(start) => image.words[start / WORD + index] = written,
                    Place::Shared(start) => image.shared.words_mut()[start / WORD + index] = written,
                }
            }
        }
        (image.inside, image.record, image.allocator) = (inside.into(), record.into(), allocator.into());
        image.index_strings(&places);
        image.shared.seal();
        Ok((image, places))
    }

    /// Makes the table of strings, behind what is shared.
    fn index_strings(&mut self, places: &Places) {
        let start = self.shared.start();
        let mut strings: Vec<*mut c_void> = Vec::new();
        for (block, place) in &places.places {
            if let (Lot::SharedString, Place::Shared(at)) = (block.lot, place) {
                strings.push((start + at) as *mut c_void);
            }
        }
        let table = (start + places.shared_bytes) as *mut c_void;
        // SAFETY: the strings lie where they will stay, still writable, and so does the table, in front
        // of as many bytes as it asked for.
        unsafe { skysim_index_shared(table, strings.as_mut_ptr(), strings.len()) };
        self.table = table;
    }

    /// The address of something shared.
    pub(super) fn shared_address(&self, place: Place) -> Option<usize> {
        match place {
            Place::Shared(at) => Some(self.shared.start() + at),
            Place::Own(_) => None,
        }
    }

    /// Makes the image the content of an empty arena.
    pub(super) fn copy_into(&self, arena: &mut Arena, record: usize) {
        let allocator = std::ptr::from_mut(arena) as u64;
        let start = arena.start() as u64;
        arena.set_shared(self.table);
        let words = arena.fill(&self.words, self.used, self.allocations);
        for number in &self.inside {
            let word = &mut words[*number as usize];
            *word = word.wrapping_add(start);
        }
        for number in &self.record {
            words[*number as usize] = record as u64;
        }
        for number in &self.allocator {
            words[*number as usize] = allocator;
        }
    }

    /// How many words are addresses: inside, of the record, of the allocator.
    #[cfg(test)]
    pub(super) fn addresses(&self) -> [usize; 3] {
        [self.inside.len(), self.record.len(), self.allocator.len()]
    }

    /// Everything in it, but for where in the process the shared region lies.
    #[cfg(test)]
    pub(super) fn content(&mut self) -> Vec<u64> {
        let block = (self.shared.start() & !(crate::memory::arena::BLOCK_BYTES - 1)) as u64;
        let mut content = self.words.to_vec();
        content.extend_from_slice(self.shared.words_mut());
        for word in &mut content {
            *word -= if *word & 0xffff_ffff_0000_0000 == block { block } else { 0 };
        }
        for list in [&self.inside, &self.record, &self.allocator] {
            content.extend(list.iter().map(|number| u64::from(*number)));
        }
        content
    }
}

/// Up to eight bytes as a word.
fn word(bytes: &[u8]) -> u64 {
    let mut whole = [0; WORD];
    whole[..bytes.len()].copy_from_slice(bytes);
    u64::from_ne_bytes(whole)
}
