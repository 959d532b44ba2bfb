//! A game whose creatures are Rust objects, and whose behaviour is scripts.
//!
//! `cargo run --example game`
//!
//! What to look at:
//! - `Creature` and `Meadow` are host objects: scripts read their fields and call their methods, and nothing is converted before a
//!   script asks for it. What changes is behind a lock, and only methods change it: the rules of the game stay with the host.
//! - The methods of the meadow are a plain `impl`, under `#[methods]`. Nothing is counted or copied for a turn: both objects are lent.
//! - A kind of creature is a program with a function `turn`; the function is kept and called once for each creature and turn.
//! - What a script may not do is an error of the script, with its line. The game goes on.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tansy::{AsPart, Engine, Error, Fault, Function, HostObject, Limits, Part, Value};

/// Rabbits graze where there is grass, and then look up: from a fox that is near they run.
const RABBIT: &str = r#"
fn turn(me, meadow) {
  if meadow.graze(me) { return "grazes" }
  let fox = meadow.nearest(me, "fox")
  if fox != null and meadow.distance(me, fox) <= 3 { return away(me, fox, meadow) }
  match meadow.grass(me) {
    null => "looks around"
    [x, y] => { meadow.step(me, sign(x - me.x), sign(y - me.y)); "hops" }
  }
}

// The free neighbouring cell that is farthest from the fox.
fn away(me, fox, meadow) {
  let steps = [[dx, dy] for dx in -1..=1 for dy in -1..=1 if meadow.free(me.x + dx, me.y + dy)]
  if steps.is_empty() { return "shivers" }
  let [dx, dy] = steps.max_by(|[dx, dy]| (me.x + dx - fox.x) ** 2 + (me.y + dy - fox.y) ** 2)
  meadow.step(me, dx, dy)
  "flees"
}

fn sign(n) { if n > 0 { 1 } else if n < 0 { -1 } else { 0 } }
"#;

/// The fox runs to the nearest rabbit, and rests when it has eaten.
const FOX: &str = r#"
fn turn(me, meadow) {
  if me.food >= 10 { return "sleeps" }
  let prey = meadow.nearest(me, "rabbit")
  if prey == null { return "sniffs" }
  if meadow.distance(me, prey) <= 1 {
    meadow.catch(me, prey)
    return f"catches {prey.name}"
  }
  let [dx, dy] = [prey.x - me.x, prey.y - me.y].map(|d| if d > 0 { 1 } else if d < 0 { -1 } else { 0 })
  if meadow.free(me.x + dx, me.y + dy) { meadow.step(me, dx, dy) }
  "sneaks"
}
"#;

/// A hare that would rather leap: the host does not let it.
const HARE: &str = r#"
fn turn(me, meadow) {
  if meadow.distance(me, meadow.nearest(me, "fox")) > 6 { return "dozes" }
  meadow.step(me, 3, 0)
  "leaps"
}
"#;

/// What is behind a lock here is plain numbers, right after every statement.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Somebody on the meadow.
struct Creature {
    name: &'static str,
    kind: &'static str,
    body: Mutex<Body>,
}

/// What changes of a creature.
#[derive(Clone, Copy)]
struct Body {
    x: i64,
    y: i64,
    food: i64,
    alive: bool,
}

impl Creature {
    fn new(name: &'static str, kind: &'static str, x: i64, y: i64) -> Creature {
        Creature { name, kind, body: Mutex::new(Body { x, y, food: 0, alive: true }) }
    }

    fn body(&self) -> Body {
        *lock(&self.body)
    }
}

/// How scripts see a creature: to read.
impl HostObject for Creature {
    fn type_name(&self) -> &'static str {
        "Creature"
    }

    fn fields(&self) -> &'static [&'static str] {
        &["name", "kind", "x", "y", "food"]
    }

    fn field(&self, name: &str) -> Option<Part<'_>> {
        Some(match name {
            "name" => self.name.as_part(),
            "kind" => self.kind.as_part(),
            "x" => self.body().x.into(),
            "y" => self.body().y.into(),
            "food" => self.body().food.into(),
            _ => return None,
        })
    }
}

const WIDTH: i64 = 16;
const HEIGHT: i64 = 8;

fn distance(a: Body, b: Body) -> i64 {
    (a.x - b.x).abs().max((a.y - b.y).abs())
}

/// Where they live. It knows the rules: one cell a turn, nobody where somebody is, only neighbours are caught.
/// (With the feature `derive`, what is from `tansy_derive` here is in `tansy`.)
#[derive(tansy_derive::HostObject)]
struct Meadow {
    #[tansy(skip)]
    creatures: Vec<Creature>,
    #[tansy(skip)]
    grass: Mutex<BTreeSet<(i64, i64)>>,
}

/// What scripts can do there.
#[tansy_derive::methods]
impl Meadow {
    fn free(&self, x: i64, y: i64) -> bool {
        (0..WIDTH).contains(&x) && (0..HEIGHT).contains(&y) && self.at(x, y).is_none()
    }

    fn distance(&self, one: &Creature, other: &Creature) -> i64 {
        distance(one.body(), other.body())
    }

    fn step(&self, who: &Creature, dx: i64, dy: i64) -> Result<(), Fault> {
        if dx.abs() > 1 || dy.abs() > 1 {
            let message = format!("{} moves one cell a turn, not {dx}, {dy}", who.name);
            return Err(Fault::new("too-far", message).help("give -1, 0 or 1"));
        }
        let Body { x, y, .. } = who.body();
        if (dx, dy) != (0, 0) && !self.free(x + dx, y + dy) {
            return Err(Fault::new("not-free", format!("{} cannot go there", who.name)));
        }
        let mut body = lock(&who.body);
        (body.x, body.y) = (x + dx, y + dy);
        Ok(())
    }

    fn catch(&self, who: &Creature, prey: &Creature) -> Result<(), Fault> {
        if distance(who.body(), prey.body()) > 1 {
            return Err(Fault::new("too-far", format!("{} cannot reach {}", who.name, prey.name)));
        }
        lock(&prey.body).alive = false;
        lock(&who.body).food += 10;
        Ok(())
    }

    fn graze(&self, who: &Creature) -> bool {
        let Body { x, y, .. } = who.body();
        let eaten = lock(&self.grass).remove(&(x, y));
        lock(&who.body).food += i64::from(eaten);
        eaten
    }

    fn nearest(&self, who: &Creature, kind: &str) -> Option<&Creature> {
        let others = self.alive().filter(|c| c.kind == kind && !std::ptr::eq(*c, who));
        others.min_by_key(|c| distance(who.body(), c.body()))
    }

    fn grass(&self, who: &Creature) -> Option<(i64, i64)> {
        let Body { x, y, .. } = who.body();
        let far = |&(gx, gy): &(i64, i64)| (gx - x).abs().max((gy - y).abs());
        let grass = lock(&self.grass);
        grass.iter().copied().filter(|&(x, y)| self.free(x, y)).min_by_key(far)
    }
}

impl Meadow {
    fn alive(&self) -> impl Iterator<Item = &Creature> {
        self.creatures.iter().filter(|c| c.body().alive)
    }

    fn at(&self, x: i64, y: i64) -> Option<&Creature> {
        self.alive().find(|c| (c.body().x, c.body().y) == (x, y))
    }

    /// The meadow as text: `F` a fox, `R` a rabbit, `H` a hare, `"` grass.
    fn map(&self) -> String {
        let grass = lock(&self.grass);
        let mut text = String::new();
        for y in 0..HEIGHT {
            let row = (0..WIDTH).map(|x| match self.at(x, y) {
                Some(creature) => creature.kind.as_bytes()[0].to_ascii_uppercase() as char,
                None if grass.contains(&(x, y)) => '"',
                None => '.',
            });
            _ = writeln!(text, "  {}", row.collect::<String>());
        }
        text
    }
}

/// Plays some turns; what happened, as text.
fn play(turns: usize) -> Result<String, Error> {
    let creatures = vec![
        Creature::new("Flopsy", "rabbit", 9, 1),
        Creature::new("Mopsy", "rabbit", 12, 5),
        Creature::new("Reynard", "fox", 3, 3),
        Creature::new("Lepus", "hare", 14, 6),
    ];
    let grass = (0..14).map(|i| ((i * 11 + 3) % WIDTH, (i * 5 + 2) % HEIGHT)).collect();
    let meadow = Meadow { creatures, grass: Mutex::new(grass) };

    // One program for each kind; a turn has the fuel that a turn needs, so no script can stop the game.
    let limits = Limits { fuel: 100_000, memory: 1 << 20, ..Limits::default() };
    let engine = Engine::builder().limits(limits).build();
    let turn = |name: &str, text: &str| -> Result<Function, Error> {
        Ok(engine.compile(name, text)?.function("turn")?)
    };
    let (rabbit, fox, hare) = (turn("rabbit", RABBIT)?, turn("fox", FOX)?, turn("hare", HARE)?);

    let mut text = meadow.map();
    for n in 1..=turns {
        _ = writeln!(text, "turn {n}");
        for who in &meadow.creatures {
            if !who.body().alive {
                continue;
            }
            let behave = match who.kind {
                "rabbit" => &rabbit,
                "fox" => &fox,
                _ => &hare,
            };
            // Both are lent for the turn: no script can keep them.
            let done = Value::lend(&meadow, |meadow| {
                Value::lend(who, |me| behave.call::<String>((me, meadow)))
            });
            match done {
                Ok(done) => _ = writeln!(text, "  {} {done}", who.name),
                Err(error) => _ = writeln!(text, "  {} stumbles: {error}", who.name),
            }
        }
        if n % 4 == 0 {
            text.push_str(&meadow.map());
        }
    }
    for who in &meadow.creatures {
        let body = who.body();
        let state = if body.alive { "is well" } else { "was caught" };
        _ = writeln!(text, "{} {state}, and ate {}", who.name, body.food);
    }
    Ok(text)
}

fn main() -> Result<(), Error> {
    print!("{}", play(12)?);
    Ok(())
}

#[test]
fn prints_what_is_expected() {
    let printed = play(12).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(printed, include_str!("expected/game.txt"), "now:\n{printed}");
}
