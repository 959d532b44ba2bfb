//! Counted heap blocks: the one pointer type behind every value that does not fit inline.
//!
//! Invariants: a block is reached only through pointers that own one count each, and its body is changed only while the
//! count is one. Dropping never recurses deeply: beyond [`DROP_DEPTH`] levels a block waits in a queue that the outermost
//! drop empties. Every byte held by blocks, their buffers and tree nodes is counted for the thread that allocates it. What small
//! blocks leave is used again by their thread, a few of each size, before the allocator is asked.

use std::alloc::Layout;
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering, fence};

use im::shared_ptr::SharedPointerKind;

pub(super) mod handle;
pub(super) mod pool;

use pool::{give_back, is_kept, memory};

/// Levels of nested blocks that are dropped by recursion; 64 levels need some tens of kilobytes of native stack.
const DROP_DEPTH: u32 = 64;

/// Counts from here on are pinned: the block is leaked rather than freed too early. It takes 2^31 live references.
const PINNED: u32 = 1 << 31;

/// What is behind a header, where one pointer may lead to several things: [`handle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A body.
    Body,
    /// A head and a row of items: [`super::row`].
    Row,
    /// Changes of another body.
    Overlay,
    /// A tree, or a node of one above others.
    Tree,
}

/// What every block begins with, whatever its body.
#[repr(C, align(8))]
pub(crate) struct Header {
    count: AtomicU32,
    pub(super) form: Form,
    /// How many items there are, and how many there is room for; neither in what is no row.
    pub(super) len: u8,
    pub(super) room: u8,
    /// Whether the items are known to own nothing: [`super::row::Plain`].
    pub(super) plain: bool,
}

impl Header {
    pub(super) const fn new(form: Form, len: u8, room: u8) -> Header {
        Header { count: AtomicU32::new(1), form, len, room, plain: false }
    }

    /// Whether there is more than one holder.
    #[inline(always)]
    pub(super) fn is_shared(&self) -> bool {
        // Acquire: what other holders did before they let go happens before what we do next.
        self.count.load(Ordering::Acquire) != 1
    }

    #[inline(always)]
    pub(super) fn is_pinned(&self) -> bool {
        self.count.load(Ordering::Relaxed) >= PINNED
    }

    /// Has the block stay for ever.
    pub(super) fn pin(&self) {
        // As far from where counting ends as from where it begins.
        self.count.store(PINNED + PINNED / 2, Ordering::Relaxed);
    }
}

const _: () = assert!(size_of::<Header>() == 8);

#[repr(C)]
struct Block<T> {
    header: Header,
    body: T,
}

/// Destroys the block at a header whose count has reached zero.
pub(crate) type Free = unsafe fn(NonNull<Header>);

thread_local! {
    static ALLOCATED: Cell<i64> = const { Cell::new(0) };
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static COPIES: Cell<u64> = const { Cell::new(0) };
    static UPDATES: Cell<u64> = const { Cell::new(0) };
    static WORK: Cell<u64> = const { Cell::new(0) };
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static QUEUE: Cell<*mut Vec<(NonNull<Header>, Free)>> = const { Cell::new(std::ptr::null_mut()) };
}

/// Net bytes of values allocated by this thread so far: allocation and growth count up, freeing counts down. Negative on a
/// thread that frees what others allocated.
#[inline]
pub fn allocated() -> i64 {
    ALLOCATED.get()
}

/// How often this thread has copied a collection node or body because an update met it shared.
#[inline]
pub fn copies() -> u64 {
    COPIES.get()
}

/// What this thread has done with blocks so far. The numbers only grow.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    /// Blocks allocated.
    pub(crate) allocations: u64,
    /// As [`copies`].
    pub(crate) copies: u64,
    /// Bodies and nodes that an update met unshared and changed in place.
    pub(crate) updates: u64,
}

impl Counts {
    /// What was done since then. (The start of what moved here from another thread may be "below zero".)
    pub(crate) fn since(&self, start: &Counts) -> Counts {
        Counts {
            allocations: self.allocations.wrapping_sub(start.allocations),
            copies: self.copies.wrapping_sub(start.copies),
            updates: self.updates.wrapping_sub(start.updates),
        }
    }
}

/// The counts so far.
pub(crate) fn counts() -> Counts {
    Counts { allocations: ALLOCATIONS.get(), copies: COPIES.get(), updates: UPDATES.get() }
}

/// Steps of walks over values (comparing, hashing) on this thread since this was last asked: what the machine charges for.
#[inline]
pub(crate) fn take_work() -> u64 {
    WORK.replace(0)
}

/// Steps of walks since [`take_work`] was last called.
#[inline]
pub(crate) fn work() -> u64 {
    WORK.get()
}

/// Counts steps of a walk.
#[inline]
pub(crate) fn count_work(steps: u64) {
    WORK.set(WORK.get() + steps);
}

/// Does something, whose walks count only if it comes out true.
#[inline]
pub(crate) fn count_work_if(done: impl FnOnce() -> bool) -> bool {
    let before = WORK.get();
    let counts = done();
    if !counts {
        WORK.set(before);
    }
    counts
}

/// Counts one copy of something shared.
#[inline]
pub(crate) fn count_copy() {
    COPIES.set(COPIES.get() + 1);
}

/// Counts one body changed in place.
#[inline(always)]
pub(crate) fn count_update() {
    UPDATES.set(UPDATES.get() + 1);
}

/// Does something whose memory, taken or given back, counts as nobody's.
pub(crate) fn aside<T>(work: impl FnOnce() -> T) -> T {
    let (allocated, allocations) = (ALLOCATED.get(), ALLOCATIONS.get());
    let done = work();
    ALLOCATED.set(allocated);
    ALLOCATIONS.set(allocations);
    done
}

#[inline]
fn account(bytes: i64) {
    ALLOCATED.set(ALLOCATED.get() + bytes);
}

/// Counts a new block of so many bytes.
#[inline]
pub(super) fn count_block(bytes: i64) {
    account(bytes);
    ALLOCATIONS.set(ALLOCATIONS.get() + 1);
}

/// Counts so many bytes less.
#[inline]
pub(super) fn uncount(bytes: i64) {
    account(-bytes);
}

/// The bytes a body holds in buffers of its own, counted as long as this lives.
#[derive(Debug, Default)]
pub struct Charge(usize);

impl Charge {
    /// A charge of `bytes`.
    pub fn new(bytes: usize) -> Charge {
        account(bytes as i64);
        Charge(bytes)
    }

    /// Replaces the number of bytes.
    #[inline]
    pub fn set(&mut self, bytes: usize) {
        if bytes != self.0 {
            account(bytes as i64 - self.0 as i64);
            self.0 = bytes;
        }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        account(-(self.0 as i64));
    }
}

/// A counted pointer to an immutable-while-shared `T`. Clone is one atomic increment.
#[repr(transparent)]
pub struct Ref<T> {
    block: NonNull<Block<T>>,
    owns: PhantomData<Block<T>>,
}

// SAFETY: the count is atomic, `&T` is handed out to every holder and `&mut T` (or `T`) only to a single one.
unsafe impl<T: Send + Sync> Send for Ref<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Ref<T> {}

impl<T> Ref<T> {
    /// Moves `body` to the heap.
    pub fn new(body: T) -> Ref<T> {
        Ref::new_as(Form::Body, body)
    }

    /// As [`Ref::new`], where the header must tell what it is.
    #[inline]
    pub(super) fn new_as(form: Form, body: T) -> Ref<T> {
        count_block(size_of::<Block<T>>() as i64);
        let block = memory(Layout::new::<Block<T>>()).cast::<Block<T>>();
        // SAFETY: the memory is ours, and has the size of a block.
        unsafe { block.write(Block { header: Header::new(form, 0, 0), body }) };
        Ref { block, owns: PhantomData }
    }

    /// As [`Ref::new`] with what `make` gives, which can so be made where it stays: nodes of trees are big.
    #[inline]
    fn new_with(make: impl FnOnce() -> T) -> Ref<T> {
        if const { is_kept(Layout::new::<Block<T>>()) } {
            return Ref::new(make());
        }
        let mut block = Box::<Block<T>>::new_uninit();
        let place = block.as_mut_ptr();
        // SAFETY: `place` is the box's memory, and both fields are written before it counts as initialised; should `make` panic, the
        // box still counts as uninitialised.
        let block = unsafe {
            (&raw mut (*place).body).write(make());
            (&raw mut (*place).header).write(Header::new(Form::Body, 0, 0));
            block.assume_init()
        };
        count_block(size_of::<Block<T>>() as i64);
        Ref { block: NonNull::from(Box::leak(block)), owns: PhantomData }
    }

    /// Whether somebody else holds this block too.
    #[inline]
    pub fn is_shared(&self) -> bool {
        self.header().is_shared()
    }

    /// The body for changing, if nobody else holds it.
    #[inline]
    pub fn get_mut(&mut self) -> Option<&mut T> {
        if self.is_shared() {
            return None;
        }
        // SAFETY: the only count is ours and `self` is borrowed exclusively.
        Some(unsafe { &mut self.block.as_mut().body })
    }

    /// The body for changing; a shared one is copied first, which [`copies`] counts.
    pub fn make_mut(&mut self) -> &mut T
    where
        T: Clone,
    {
        if self.is_shared() {
            count_copy();
            *self = Ref::new_with(|| T::clone(self));
        } else {
            count_update();
        }
        // SAFETY: the block was found or made unshared, and `self` is borrowed exclusively.
        unsafe { &mut self.block.as_mut().body }
    }

    /// The body itself, if nobody else holds it.
    pub fn try_unwrap(self) -> Result<T, Ref<T>> {
        if self.is_shared() {
            return Err(self);
        }
        let this = ManuallyDrop::new(self);
        account(-(size_of::<Block<T>>() as i64));
        // SAFETY: the only count is ours and `this` is never dropped, so the body may be moved out and its memory given back.
        unsafe {
            let body = (&raw const (*this.block.as_ptr()).body).read();
            give_back(this.block.cast(), Layout::new::<Block<T>>());
            Ok(body)
        }
    }

    /// Whether both are one block.
    #[inline]
    pub fn ptr_eq(&self, other: &Ref<T>) -> bool {
        self.block == other.block
    }

    /// A number that tells live blocks apart.
    #[inline]
    pub fn address(&self) -> usize {
        self.block.as_ptr().addr()
    }

    #[inline]
    fn header(&self) -> &Header {
        // SAFETY: our count keeps the block alive.
        unsafe { &self.block.as_ref().header }
    }

    /// Gives the count away as a raw header; [`Ref::from_raw`] or [`release`] takes it back.
    #[inline]
    pub(crate) fn into_raw(self) -> NonNull<Header> {
        ManuallyDrop::new(self).block.cast()
    }

    /// # Safety
    /// `header` came from `into_raw` of a `Ref<T>` with this `T`, and its count is given to the result.
    #[inline]
    pub(crate) unsafe fn from_raw(header: NonNull<Header>) -> Ref<T> {
        Ref { block: header.cast(), owns: PhantomData }
    }
}

impl<T> Clone for Ref<T> {
    #[inline]
    fn clone(&self) -> Ref<T> {
        // SAFETY: our count keeps the block alive; the new count is given to the result.
        unsafe {
            retain(self.block.cast());
            Ref::from_raw(self.block.cast())
        }
    }
}

impl<T> Drop for Ref<T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: `self` owns one count of a `Block<T>` and is going away.
        unsafe { release(self.block.cast(), free::<T>) }
    }
}

impl<T> Deref for Ref<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: our count keeps the block alive, and nobody changes a body that is also held here.
        unsafe { &self.block.as_ref().body }
    }
}

impl<T: fmt::Debug> fmt::Debug for Ref<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(out)
    }
}

/// Adds a count.
///
/// # Safety
/// `header` belongs to a live block.
#[inline]
pub(crate) unsafe fn retain(header: NonNull<Header>) {
    // SAFETY: the caller keeps the block alive.
    let count = unsafe { &header.as_ref().count };
    if count.fetch_add(1, Ordering::Relaxed) >= PINNED {
        count.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Gives one count up, and the block with it when it was the last.
///
/// # Safety
/// The caller owns one count of the live block at `header` and does not use it again; `free` is that of its body's type.
#[inline]
pub(crate) unsafe fn release(header: NonNull<Header>, free: Free) {
    // SAFETY: the caller's count keeps the block alive.
    let count = unsafe { &header.as_ref().count };
    // An only owner needs no atomic read-modify-write: nobody else can add a count.
    if count.load(Ordering::Acquire) != 1 {
        match count.fetch_sub(1, Ordering::Release) {
            1 => fence(Ordering::Acquire),
            PINNED.. => {
                count.fetch_add(1, Ordering::Relaxed);
                return;
            }
            _ => return,
        }
    }
    // SAFETY: the count reached zero, so nobody else can reach the block.
    unsafe { reclaim(header, free) }
}

/// Gives one count up where another is left. Whether it did; if not, all is as it was.
///
/// # Safety
/// The caller owns one count of the live block at `header`, and does not use it again if it was given up.
#[inline(always)]
pub(crate) unsafe fn release_shared(header: NonNull<Header>) -> bool {
    // SAFETY: the caller's count keeps the block alive.
    let count = unsafe { &header.as_ref().count };
    if !(2..PINNED).contains(&count.load(Ordering::Relaxed)) {
        return false;
    }
    if count.fetch_sub(1, Ordering::Release) == 1 {
        // Others let go at the same moment, and it was the last: nobody else can reach the block. What they did before happens before
        // what is done next; the load of the one that is stored here would not say so.
        fence(Ordering::Acquire);
        count.store(1, Ordering::Relaxed);
        return false;
    }
    true
}

/// A level of blocks being dropped inside one another; left also when a host's destructor panics.
struct Level(u32);

impl Drop for Level {
    #[inline(always)]
    fn drop(&mut self) {
        DEPTH.set(self.0);
    }
}

/// # Safety
/// Nobody else can reach the block at `header`, and `free` is that of its body's type.
#[inline(never)]
unsafe fn reclaim(header: NonNull<Header>, free: Free) {
    let level = Level(DEPTH.get());
    if level.0 >= DROP_DEPTH {
        put_off(header, free);
        return;
    }
    DEPTH.set(level.0 + 1);
    // SAFETY: as promised by the caller.
    unsafe { free(header) };
    if level.0 == 0 && !QUEUE.get().is_null() {
        reclaim_queued();
    }
}

/// Has the outermost drop free a block.
#[cold]
fn put_off(header: NonNull<Header>, free: Free) {
    if QUEUE.get().is_null() {
        QUEUE.set(Box::into_raw(Box::default()));
    }
    // SAFETY: a queue of this thread, which lives until it is empty; no reference into it is held while blocks are freed.
    unsafe { (*QUEUE.get()).push((header, free)) };
}

/// Frees what was put off.
#[cold]
fn reclaim_queued() {
    let queue = QUEUE.get();
    // SAFETY: as above; blocks enter the queue when nobody else can reach them, and go with their own function.
    unsafe {
        while let Some((header, free)) = (*queue).pop() {
            free(header);
        }
        QUEUE.set(std::ptr::null_mut());
        drop(Box::from_raw(queue));
    }
}

/// Frees a block with a body of type `T`.
///
/// # Safety
/// `header` is that of a `Block<T>` which nobody else can reach.
pub(crate) unsafe fn free<T>(header: NonNull<Header>) {
    /// Gives the memory back also when a host's destructor panics.
    struct Memory<T>(NonNull<Block<T>>);

    impl<T> Drop for Memory<T> {
        #[inline(always)]
        fn drop(&mut self) {
            // SAFETY: the promise of `free`, and the body is gone.
            unsafe { give_back(self.0.cast(), Layout::new::<Block<T>>()) }
        }
    }

    account(-(size_of::<Block<T>>() as i64));
    let memory = Memory(header.cast::<Block<T>>());
    // SAFETY: nobody else can reach the body.
    unsafe { std::ptr::drop_in_place(&raw mut (*memory.0.as_ptr()).body) };
}

/// The pointer kind of the tree collections: our own blocks, so that tree nodes count in [`allocated`] and [`copies`] and
/// take part in the bounded drop.
#[derive(Debug)]
pub struct Counted(NonNull<Header>);

// SAFETY: a type-erased `Ref`; the typed wrapper that the trees use adds the bounds on `T`.
unsafe impl Send for Counted {}
// SAFETY: as above.
unsafe impl Sync for Counted {}

impl Counted {
    /// # Safety
    /// `self` was made with this `T`.
    #[inline]
    unsafe fn block<T>(&self) -> NonNull<Block<T>> {
        self.0.cast()
    }
}

// SAFETY: bodies stay where they are, `&mut T` is handed out only while the count is one, and `drop` drops in place.
unsafe impl SharedPointerKind for Counted {
    fn new<T>(body: T) -> Counted {
        Counted(Ref::new(body).into_raw())
    }

    fn from_box<T>(body: Box<T>) -> Counted {
        Counted(Ref::new(*body).into_raw())
    }

    unsafe fn as_ptr<T>(&self) -> *const T {
        // SAFETY: the block is alive and holds a `T` (the trait's contract).
        unsafe { &raw const (*self.block::<T>().as_ptr()).body }
    }

    unsafe fn deref<T>(&self) -> &T {
        // SAFETY: as above.
        unsafe { &self.block::<T>().as_ref().body }
    }

    unsafe fn try_unwrap<T>(self) -> Result<T, Counted> {
        // SAFETY: the trait's contract names the `T`.
        unsafe { Ref::<T>::from_raw(self.0) }
            .try_unwrap()
            .map_err(|shared| Counted(shared.into_raw()))
    }

    unsafe fn get_mut<T>(&mut self) -> Option<&mut T> {
        // SAFETY: the header is alive; an only count that is borrowed exclusively allows changing the body.
        unsafe {
            let unique = !self.0.as_ref().is_shared();
            unique.then(|| &mut self.block::<T>().as_mut().body)
        }
    }

    unsafe fn make_mut<T: Clone>(&mut self) -> &mut T {
        // SAFETY: the header is alive and of type `T`; a shared body is replaced by a copy that only `self` holds.
        unsafe {
            if self.0.as_ref().is_shared() {
                count_copy();
                let copy = Ref::new_with(|| self.block::<T>().as_ref().body.clone());
                release(self.0, free::<T>);
                self.0 = copy.into_raw();
            } else {
                count_update();
            }
            &mut self.block::<T>().as_mut().body
        }
    }

    unsafe fn strong_count<T>(&self) -> usize {
        // SAFETY: the header is alive.
        unsafe { self.0.as_ref().count.load(Ordering::Acquire) as usize }
    }

    unsafe fn clone<T>(&self) -> Counted {
        // SAFETY: the block is alive; the new count is given to the result.
        unsafe { retain(self.0) };
        Counted(self.0)
    }

    unsafe fn drop<T>(&mut self) {
        // SAFETY: called once, at the end of `self`, with the `T` it was made with.
        unsafe { release(self.0, free::<T>) }
    }
}

/// Whether the block has more than one holder.
///
/// # Safety
/// `header` belongs to a live block.
#[inline]
pub(crate) unsafe fn is_shared(header: NonNull<Header>) -> bool {
    // SAFETY: the caller keeps the block alive.
    unsafe { header.as_ref() }.is_shared()
}
