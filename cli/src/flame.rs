//! A profile as a flame graph: one SVG file that needs nothing else, to be opened in a browser.
//!
//! The top level of the program is at the top and what it calls below it, as wide as the steps spent there. The picture is complete
//! without its script, which only lets a click enlarge a call.

use crate::report::count;
use std::fmt::Write;
use tansy::Profile;
use tansy::profile::{Place, Share};

/// Pixels: the picture's width, its margin, a row and where the first one begins.
const WIDTH: f64 = 1200.0;
const MARGIN: f64 = 16.0;
const ROW: f64 = 21.0;
const TOP: f64 = 84.0;
/// Calls narrower than this are not drawn, and those narrower than this many letters have no text.
const THINNEST: f64 = 0.4;
const LETTERS: usize = 3;
/// The width of a letter of the font, and the room beside a text.
const LETTER: f64 = 7.25;
const PADDING: f64 = 6.0;

const STYLE: &str = "
svg { background: #fffdf9; font: 12px ui-monospace, 'SF Mono', Menlo, 'DejaVu Sans Mono', Consolas, monospace }
text { fill: #2a2320; pointer-events: none }
.title { font: 600 19px system-ui, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', sans-serif }
.note { font: 13px system-ui, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', sans-serif; fill: #857a72 }
.call { cursor: pointer }
.call.outer rect { opacity: .55 }
.call:hover rect, .call.same rect { stroke: #2a2320; stroke-width: 1.2 }
@media (prefers-color-scheme: dark) {
  svg { background: #1b1a1d }
  .title { fill: #f3eee8 }
  .note { fill: #a39a92 }
  .call:hover rect, .call.same rect { stroke: #fff }
}
";

/// `W`, `M` and so on are the constants above. Positions of calls are kept as shares of the whole, in `data-x` and `data-w`.
const SCRIPT: &str = "
const calls = [...document.querySelectorAll('.call')].map(g => ({
  g, rect: g.querySelector('rect'), text: g.querySelector('text'), x: +g.dataset.x, w: +g.dataset.w,
  y: +g.querySelector('rect').getAttribute('y'), label: g.querySelector('title').textContent.split('\\n')[0],
}));
function fit(label, width) {
  const most = Math.floor((width - 2 * PADDING) / LETTER), name = label.replace(/ \\(.*$/, '');
  if (label.length <= most) return label;
  if (name.length <= most) return name;
  return most < LETTERS ? '' : name.slice(0, most - 1) + '…';
}
function show(x, w, y) {
  for (const c of calls) {
    const from = Math.max(0, (c.x - x) / w), to = Math.min(1, (c.x + c.w - x) / w), width = (to - from) * SPAN;
    c.g.style.display = width < THINNEST ? 'none' : '';
    c.g.classList.toggle('outer', c.y < y);
    if (width < THINNEST) continue;
    const left = MARGIN + from * SPAN;
    c.rect.setAttribute('x', left);
    c.rect.setAttribute('width', Math.max(width - 1, 0.4));
    c.text.setAttribute('x', left + PADDING);
    c.text.textContent = fit(c.label, width);
  }
}
function alike(label) { for (const c of calls) c.g.classList.toggle('same', c.label === label); }
for (const c of calls) {
  c.g.addEventListener('click', e => { e.stopPropagation(); show(c.x, c.w, c.y); });
  c.g.addEventListener('mouseenter', () => alike(c.label));
  c.g.addEventListener('mouseleave', () => alike());
}
document.documentElement.addEventListener('click', () => show(0, 1, 0));
document.addEventListener('keydown', e => { if (e.key === 'Escape') show(0, 1, 0); });
";

/// Draws a profile of the program called `name`.
pub(crate) fn draw(profile: &Profile, name: &str) -> String {
    let steps = profile.steps().max(1) as f64;
    let rows = layout(profile);
    let depth = rows.iter().map(|b| b.row + 1).max().unwrap_or(0);
    let height = TOP + depth as f64 * ROW + MARGIN;
    let shares = by_function(profile);
    let mut svg = String::new();
    let out = &mut svg;
    // Writing to a String does not fail.
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\">\n\
         <style>{STYLE}</style>\n\
         <text class=\"title\" x=\"{MARGIN}\" y=\"34\">{}</text>\n\
         <text class=\"note\" x=\"{MARGIN}\" y=\"58\">{} steps · as wide as the steps spent there · the stronger the colour, \
         the more of them the function took by itself · click to enlarge, Esc for all</text>\n",
        escaped(name),
        count(profile.steps()),
    );
    let legend = [("your functions", WARM, 0.35), ("built in", COOL, 0.35)].into_iter().enumerate();
    for (i, (text, palette, share)) in legend {
        let x = WIDTH - MARGIN - 203.0 + i as f64 * 135.0;
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"22\" width=\"13\" height=\"13\" rx=\"3\" fill=\"{}\"/><text class=\"note\" x=\"{}\" y=\"33\">{text}</text>",
            palette.color(share),
            x + 20.0,
        );
    }
    for Bar { call, row, start, total } in rows {
        let function = profile.calls[call].function;
        let (x, w) = (start as f64 / steps, total as f64 / steps);
        let width = w * (WIDTH - 2.0 * MARGIN);
        if width < THINNEST {
            continue;
        }
        let label = profile.functions[function].to_string();
        let share = shares[function];
        let fill = match profile.functions[function].place {
            Place::Source(..) => WARM.color(share.own as f64 / steps),
            Place::Library => COOL.color(share.own as f64 / steps),
            Place::Omitted => "#d6d0ca".to_owned(),
        };
        let (left, y) = (MARGIN + x * (WIDTH - 2.0 * MARGIN), TOP + row as f64 * ROW);
        let _ = writeln!(
            out,
            "<g class=\"call\" data-x=\"{x:.7}\" data-w=\"{w:.7}\"><title>{}</title>\
             <rect x=\"{left:.2}\" y=\"{y}\" width=\"{:.2}\" height=\"{}\" rx=\"2.5\" fill=\"{fill}\"/>\
             <text x=\"{:.2}\" y=\"{}\">{}</text></g>",
            escaped(&title(profile, call, total, share)),
            (width - 1.0).max(0.4),
            ROW - 1.0,
            left + PADDING,
            y + 14.5,
            escaped(&fit(&label, width)),
        );
    }
    let constants = format!(
        "const MARGIN = {MARGIN}, SPAN = {}, PADDING = {PADDING}, LETTER = {LETTER}, LETTERS = {LETTERS}, THINNEST = {THINNEST};",
        WIDTH - 2.0 * MARGIN,
    );
    let _ = writeln!(out, "<script><![CDATA[\n{constants}{SCRIPT}]]></script>\n</svg>");
    svg
}

/// A call's place in the picture: its row, and the steps from the left edge.
struct Bar {
    call: usize,
    row: usize,
    start: u64,
    total: u64,
}

/// Callers above what they call; side by side, the larger on the left.
fn layout(profile: &Profile) -> Vec<Bar> {
    let totals = profile.totals();
    let mut inside: Vec<Vec<usize>> = vec![Vec::new(); profile.calls.len()];
    let mut outermost = Vec::new();
    for (i, call) in profile.calls.iter().enumerate() {
        match call.caller {
            Some(caller) => inside[caller].push(i),
            None => outermost.push(i),
        }
    }
    let mut bars = Vec::with_capacity(profile.calls.len());
    let mut waiting = vec![(outermost, 0, 0)];
    while let Some((mut calls, row, mut start)) = waiting.pop() {
        calls.sort_by_key(|c| std::cmp::Reverse(totals[*c]));
        for call in calls {
            bars.push(Bar { call, row, start, total: totals[call] });
            waiting.push((std::mem::take(&mut inside[call]), row + 1, start));
            start += totals[call];
        }
    }
    bars
}

/// The shares in the order of the functions.
fn by_function(profile: &Profile) -> Vec<Share> {
    let mut shares = profile.shares();
    shares.sort_by_key(|s| s.function);
    shares
}

fn title(profile: &Profile, call: usize, total: u64, share: Share) -> String {
    let steps = profile.steps().max(1);
    let function = &profile.functions[share.function];
    let own = profile.calls[call].own;
    let mut text = format!("{function}\nhere: {}", amount(total, steps));
    if own != total {
        let _ = write!(text, "\n  by itself: {}", amount(own, steps));
    }
    if share.total != total {
        let _ = write!(text, "\nin the whole run: {}", amount(share.total, steps));
    }
    if let Some((line, _)) = function.lines.iter().max_by_key(|(_, n)| *n).filter(|_| own > 0) {
        let _ = write!(text, "\nmost at line {line}");
    }
    text
}

fn amount(part: u64, whole: u64) -> String {
    format!("{:.1} %, {} steps", 100.0 * part as f64 / whole as f64, count(part))
}

/// As much of a label as fits.
fn fit(label: &str, width: f64) -> String {
    let most = ((width - 2.0 * PADDING) / LETTER).max(0.0) as usize;
    let name = label.split(" (").next().unwrap_or(label);
    let fits = |text: &str| text.chars().count() <= most;
    match most {
        _ if fits(label) => label.to_owned(),
        _ if fits(name) => name.to_owned(),
        0..LETTERS => String::new(),
        _ => name.chars().take(most - 1).chain(['…']).collect(),
    }
}

/// From what is hardly warm to what is hottest: hue in degrees, saturation and lightness in percent.
struct Palette([f64; 3], [f64; 3]);

const WARM: Palette = Palette([44.0, 88.0, 83.0], [12.0, 88.0, 61.0]);
const COOL: Palette = Palette([196.0, 45.0, 86.0], [212.0, 70.0, 66.0]);

impl Palette {
    /// The colour for a share of the whole. The root tells small shares apart.
    fn color(&self, share: f64) -> String {
        let at = share.clamp(0.0, 1.0).sqrt();
        let [h, s, l] = [0, 1, 2].map(|i| self.0[i] + (self.1[i] - self.0[i]) * at);
        format!("hsl({h:.0} {s:.0}% {l:.0}%)")
    }
}

/// Text as XML; what XML cannot hold is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push('\n'),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_cut_to_what_fits() {
        assert_eq!(fit("net (order.tansy:12)", 200.0), "net (order.tansy:12)");
        assert_eq!(fit("net (order.tansy:12)", 100.0), "net");
        assert_eq!(fit("discount (order.tansy:12)", 60.0), "disco…");
        assert_eq!(fit("net (order.tansy:12)", 14.0), "");
    }

    #[test]
    fn names_cannot_break_out_of_the_picture() {
        assert_eq!(escaped("a<b>&\"\u{1b}"), "a&lt;b&gt;&amp;&quot;");
    }
}
