"use strict";
/* FRAMES comes from data.js. Points are complex numbers [x, y] in pixels, the first at 0. */
const [HEIGHT, WIDTH] = FRAMES.size;
const changes = new Map();
let current = 0, dragged = null, saved = true;

const add = ([a, b], [c, d]) => [a + c, b + d];
const subtract = ([a, b], [c, d]) => [a - c, b - d];
const times = ([a, b], [c, d]) => [a * c - b * d, a * d + b * c];
const over = ([a, b], [c, d]) => { const square = c * c + d * d; return [(a * c + b * d) / square, (b * c - a * d) / square]; };
const pair = ([x0, y0, x1, y1]) => [[x0, y0], [x1, y1]];
const $ = (name) => document.getElementById(name);

function element(kind, properties = {}, ...children) {
  const made = Object.assign(document.createElement(kind), properties);
  made.append(...children);
  return made;
}

/* Where people put a frame: degrees, the base 2 logarithm of the zoom, and a shift in pixels. */
function changeOf(frame) {
  return changes.get(frame) ?? { turn: 0, zoom: 0, shift: [0, 0] };
}

function pivotOf(frame) {
  const [left, right] = pair(frame.marks);
  return times(add(left, right), [0.5, 0]);
}

function factorOf({ turn, zoom }) {
  const angle = turn * Math.PI / 180;
  return times([2 ** zoom, 0], [Math.cos(angle), Math.sin(angle)]);
}

/* The photo's points that a changed frame shows where the eyes belong. */
function eyesOf(frame) {
  const change = changeOf(frame), pivot = pivotOf(frame), marks = pair(frame.marks), eyes = pair(frame.eyes);
  const enlarging = over(subtract(marks[1], marks[0]), subtract(eyes[1], eyes[0]));
  return marks.flatMap((mark) => {
    const before = add(over(subtract(subtract(mark, pivot), change.shift), factorOf(change)), pivot);
    return add(over(subtract(before, marks[0]), enlarging), eyes[0]);
  });
}

/* The change that brings a frame to where these points of the photo are shown where eyes belong. */
function changeTo(frame, wanted) {
  const marks = pair(frame.marks), eyes = pair(frame.eyes), pivot = pivotOf(frame);
  const enlarging = over(subtract(marks[1], marks[0]), subtract(eyes[1], eyes[0]));
  const shown = pair(wanted).map((point) => add(times(subtract(point, eyes[0]), enlarging), marks[0]));
  const factor = over(subtract(marks[1], marks[0]), subtract(shown[1], shown[0]));
  const shift = subtract(subtract(marks[0], pivot), times(subtract(shown[0], pivot), factor));
  return { turn: Math.atan2(factor[1], factor[0]) * 180 / Math.PI, zoom: Math.log2(Math.hypot(...factor)), shift };
}

function place(view, frame) {
  const { turn, zoom, shift } = changeOf(frame), [x, y] = pivotOf(frame), image = view.querySelector("img");
  image.style.transformOrigin = `${100 * (x + 0.5) / WIDTH}% ${100 * (y + 0.5) / HEIGHT}%`;
  image.style.transform = `translate(${100 * shift[0] / WIDTH}%, ${100 * shift[1] / HEIGHT}%) rotate(${turn}deg) scale(${2 ** zoom})`;
}

function viewOf(frame, kind) {
  const view = element(kind, { className: "view" }, element("img", { src: frame.file, alt: "", loading: "lazy", draggable: false }));
  view.style.aspectRatio = `${WIDTH} / ${HEIGHT}`;
  return view;
}

function card(frame, number) {
  frame.view = viewOf(frame, "span");
  frame.card = element("button", { type: "button", className: "frame" }, frame.view, element("span", { textContent: frame.name.split("  ").pop() }));
  frame.card.setAttribute("aria-label", `Place frame ${frame.name}`);
  frame.card.addEventListener("click", () => { show(number); $("editor").showModal(); });
  return frame.card;
}

function lines(frame) {
  const percent = (value, side) => `${100 * (value + 0.5) / side}%`;
  const [x0, y0, x1] = frame.marks;
  const made = [["left", x0], ["left", x1]].map(([, x]) => {
    const line = element("span", { className: "line" });
    Object.assign(line.style, { left: percent(x, WIDTH), top: 0, width: "1px", height: "100%" });
    return line;
  });
  const level = element("span", { className: "line" });
  Object.assign(level.style, { left: 0, top: percent(y0, HEIGHT), width: "100%", height: "1px" });
  return [...made, level];
}

function show(number) {
  current = number;
  const frame = FRAMES.frames[number], stage = $("stage");
  stage.replaceChildren(viewOf(frame, "div"));
  stage.firstChild.append(...lines(frame));
  /* As large as leaves room for the rest of the dialog. */
  stage.style.width = `min(100%, calc((98vh - 260px) * ${WIDTH / HEIGHT}))`;
  $("editor-title").textContent = `${frame.name}  ${frame.photo}`;
  $("previous").disabled = number === 0;
  $("next").disabled = number === FRAMES.frames.length - 1;
  update();
}

function update() {
  const frame = FRAMES.frames[current], change = changeOf(frame);
  place($("stage").firstChild, frame);
  place(frame.view, frame);
  $("turn").value = change.turn;
  $("zoom").value = change.zoom;
  $("turn-value").textContent = `${change.turn.toFixed(1)}°`;
  $("zoom-value").textContent = `${Math.round(100 * 2 ** change.zoom)} %`;
  const isChanged = changes.has(frame);
  frame.card.classList.toggle("changed", isChanged);
  frame.card.classList.toggle("placed", frame.placed);
  $("undo").disabled = !isChanged;
  $("as-found").disabled = !frame.placed && !isChanged;
  $("changes").textContent = changes.size ? `${changes.size.toLocaleString("en")} ${changes.size === 1 ? "frame" : "frames"} changed` : "No changes";
  $("save").disabled = !changes.size;
}

function change(properties) {
  const frame = FRAMES.frames[current], made = { ...changeOf(frame), ...properties };
  if (made.turn || made.zoom || made.shift[0] || made.shift[1] || made.asFound) changes.set(frame, made);
  else changes.delete(frame);
  saved = false;
  update();
}

function shiftBy(x, y) {
  change({ shift: add(changeOf(FRAMES.frames[current]).shift, [x, y]), asFound: false });
}

function save() {
  const eyes = [...changes].map(([frame, { asFound }]) =>
    [frame.key, asFound ? frame.found : eyesOf(frame).map((value) => Math.round(value * 100) / 100)]);
  const address = URL.createObjectURL(new Blob([JSON.stringify({ eyes }, null, 1)], { type: "application/json" }));
  const link = element("a", { href: address, download: "corrections.json" });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
  saved = true;
  $("help").showModal();
}

$("turn").addEventListener("input", () => change({ turn: Number($("turn").value), asFound: false }));
$("zoom").addEventListener("input", () => change({ zoom: Number($("zoom").value), asFound: false }));
$("stage").addEventListener("pointerdown", (event) => {
  dragged = [event.clientX, event.clientY];
  $("stage").setPointerCapture(event.pointerId);
});
$("stage").addEventListener("pointermove", (event) => {
  if (!dragged) return;
  const pixel = WIDTH / $("stage").firstChild.clientWidth;
  shiftBy((event.clientX - dragged[0]) * pixel, (event.clientY - dragged[1]) * pixel);
  dragged = [event.clientX, event.clientY];
});
for (const kind of ["pointerup", "pointercancel"]) $("stage").addEventListener(kind, () => { dragged = null; });
$("stage").addEventListener("keydown", (event) => {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!step) return;
  event.preventDefault();
  const far = WIDTH / (event.shiftKey ? 40 : 400);
  shiftBy(step[0] * far, step[1] * far);
});
$("undo").addEventListener("click", () => { changes.delete(FRAMES.frames[current]); update(); });
$("as-found").addEventListener("click", () => {
  const frame = FRAMES.frames[current];
  changes.delete(frame);
  if (frame.placed) change({ ...changeTo(frame, frame.found), asFound: true }); else update();
});
$("previous").addEventListener("click", () => show(current - 1));
$("next").addEventListener("click", () => show(current + 1));
$("done").addEventListener("click", () => $("editor").close());
$("editor").addEventListener("close", () => FRAMES.frames[current].card.focus());
$("save").addEventListener("click", save);
$("help-close").addEventListener("click", () => $("help").close());
addEventListener("beforeunload", (event) => { if (!saved && changes.size) event.preventDefault(); });
$("frames").append(...FRAMES.frames.map(card));
for (const frame of FRAMES.frames) frame.card.classList.toggle("placed", frame.placed);
