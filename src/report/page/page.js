"use strict";
// The page shows a run at a moment, the cursor. What it knows of the run grows while a server plays it; the cursor
// goes where the user wants within that, and asks for more when it comes to its end.

const byId = (id) => document.getElementById(id);
const told = JSON.parse(byId("told").textContent);
const SECOND = 1e9;
const ROWS = 200;	// of lists

// What is known of the run.
const run = { samples: [], messages: [], lines: [], now: 0, event: 0, end: null, missed: 0, complaint: null };
const series = new Map();	// title of a chart -> { names, points: [[t, values]] }
const times = new Map();	// event -> when
let mail = [], panels = [];	// of the last sample

// What the user wants to see.
let cursor = 0, playing = false, chosen = "", shown = "";
let destination = null;	// where the cursor is on its way to, while the run is played up to there
let dirty = true, growth = 0;

const total = () => Math.max(run.now, run.end ? 0 : told.until ?? run.now * 1.25 + SECOND);

function element(name, fields = {}, ...children) {
	const made = document.createElement(name);
	for (const [key, value] of Object.entries(fields)) {
		if (key in made) made[key] = value; else made.setAttribute(key, value);
	}
	made.append(...children);
	return made;
}

function drawn(name, fields, text) {
	const made = document.createElementNS("http://www.w3.org/2000/svg", name);
	for (const [key, value] of Object.entries(fields)) made.setAttribute(key, value);
	if (text !== undefined) made.textContent = text;
	return made;
}

const seconds = (t) => {
	const digits = (t / SECOND).toFixed(9).replace(/0+$/, "");
	const [whole, rest] = digits.split(".");
	return `${whole}.${(rest ?? "").padEnd(3, "0")} s`;
};

// A length of time in the unit that fits.
const span = (t) => {
	for (const [unit, size] of [["s", 1e9], ["ms", 1e6], ["µs", 1e3]]) {
		if (t >= size) return `${+(t / size).toPrecision(3)} ${unit}`;
	}
	return `${+t.toPrecision(3)} ns`;
};

// The place of the first entry that is later than t.
function after(list, t, of = (entry) => entry) {
	let low = 0, high = list.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (of(list[middle]) <= t) low = middle + 1; else high = middle;
	}
	return low;
}
const MESSAGE_TIME = (message) => message[2], LINE_TIME = (line) => line[0], SAMPLE_TIME = (sample) => sample.t;

//------------------------------------------------------------------ what is told

function absorb(part) {
	for (const sample of part.samples ?? []) {
		mail = sample.mail ?? mail;
		panels = sample.panels ?? panels;
		run.samples.push({ t: sample.t, mail, panels });
		for (const panel of panels) {
			if (!panel.lines) continue;
			const chart = series.get(panel.title) ?? { names: [], points: [] };
			series.set(panel.title, chart);
			const values = [];
			for (const [name, value] of panel.lines) {
				if (!chart.names.includes(name)) chart.names.push(name);
				values[chart.names.indexOf(name)] = value;
			}
			chart.points.push([sample.t, values]);
		}
	}
	for (const message of part.messages ?? []) {
		run.messages.push(message);
		times.set(message[0], message[2]);
	}
	run.lines.push(...part.lines ?? []);
	for (const key of ["now", "event", "end", "missed", "complaint"]) run[key] = part[key] ?? run[key];
	if (destination !== null) cursor = Math.min(destination, run.now);
	growth += 1;
	dirty = true;
}

async function ask(place, wanted) {
	const answer = await fetch(place, { method: "POST", body: JSON.stringify(wanted) });
	if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
	return answer.json();
}

let asking = null;	// the question that is under way

// Plays on until the goal, { to } or { event } or {} for the end; one question at a time.
async function reach(goal, still = () => true) {
	if (goal.to !== undefined) goal.to = Math.ceil(goal.to);	// the server counts whole nanoseconds
	while (asking) await asking.catch(() => {});	// whoever asked says what was wrong
	const isThere = () => run.end || (goal.to !== undefined && run.now >= goal.to)
		|| (goal.event !== undefined && run.event >= goal.event);
	while (told.live && !isThere() && still()) {
		const before = `${run.now} ${run.event}`;
		const known = { samples: run.samples.length, messages: run.messages.length, lines: run.lines.length };
		asking = ask("/advance", { ...goal, ...known }).then(absorb).finally(() => { asking = null; });
		try {
			await asking;
		} catch (error) {
			playing = false;
			dirty = true;
			notice(`nobody plays this run any more (${error.message}); what was played is still here`);
			told.live = false;
		}
		if (`${run.now} ${run.event}` === before) break;
	}
}

function notice(text) {
	byId("notice").hidden = !text;
	byId("notice").textContent = text;
}

//---------------------------------------------------------------------- the time

let going = 0;	// counts wishes, so that an old one ends when a new one comes

function newWish() {
	destination = null;
	dirty = true;
	return ++going;
}

// Moves the cursor there; the run is played as far as it must be, and the cursor follows.
async function goTo(t, goal = { to: t }) {
	const wish = newWish();
	cursor = Math.max(0, Math.min(t, run.now));
	if (t <= run.now || run.end) return;
	destination = t;
	await reach(goal, () => wish === going);
	if (wish === going) newWish();
}

// A run that nothing ends is played for a minute more.
const goToEnd = () => told.until == null && !run.end ? goTo(run.now + 60 * SECOND) : goTo(Infinity, {});

async function stepOn() {
	playing = false;
	const wish = newWish();
	const later = () => run.messages[after(run.messages, cursor, MESSAGE_TIME)];
	let next = later();
	// Not every event is a message.
	for (let last = -1; !next && run.event !== last && wish === going; next = later()) {
		last = run.event;
		await reach({ event: last + 1 }, () => wish === going);
	}
	if (wish === going) cursor = next ? next[2] : run.now;
	dirty = true;
}

function stepBack() {
	playing = false;
	const here = after(run.messages, cursor - 1, MESSAGE_TIME);
	goTo(here > 0 ? run.messages[here - 1][2] : 0);
}

function setPlaying(wanted) {
	playing = wanted;
	newWish();
	if (playing && run.end && cursor >= run.now) cursor = 0;
}

let lastFrame, lastShown;
function frame(stamp) {
	const passed = Math.min(stamp - (lastFrame ?? stamp), 250) * 1e6 * Number(byId("speed").value);
	lastFrame = stamp;
	if (playing) {
		const wanted = cursor + passed;
		// A while ahead, so that the answer is there when it is wanted.
		if (told.live && !run.end && !asking && wanted + 4 * passed > run.now) reach({ to: wanted + 8 * passed }, () => playing);
		cursor = Math.min(wanted, run.now);
		if (cursor >= run.now && (run.end || !told.live)) playing = false;
		dirty = true;
	}
	// Twenty pictures a second are enough, and leave time for everything else.
	if (dirty && !(playing && stamp - (lastShown ?? -Infinity) < 50)) {
		dirty = false;
		lastShown = stamp;
		show(stamp);
	}
	requestAnimationFrame(frame);
}

//---------------------------------------------------------------------- charts

// Few round numbers from 0 to at least `max`.
function ticks(max, count) {
	const raw = max / count, power = 10 ** Math.floor(Math.log10(raw || 1));
	const size = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw) ?? 1;
	const found = [];
	for (let tick = 0; tick <= max * 1.0001; tick += size) found.push(tick);
	return found;
}

const MARGIN = { left: 40, right: 12, top: 8, bottom: 22 }, HEIGHT = 190;

const colourOf = (name, line) => `var(--c${name === "others" ? 7 : line % 7})`;

// Lines over time: { names, points: [[t, values]] }.
function chart(place, { names, points, unit = "" }) {
	const width = Math.max(place.clientWidth, 240);
	const inner = { w: width - MARGIN.left - MARGIN.right, h: HEIGHT - MARGIN.top - MARGIN.bottom };
	let top = 1;
	for (const [, values] of points) for (const value of values) if (value > top) top = value;
	let steps = ticks(top, 4);
	if (steps.at(-1) < top) steps.push(steps.at(-1) + steps[1]);
	top = steps.at(-1);
	const end = total() || SECOND;
	const x = (t) => MARGIN.left + t / end * inner.w, y = (value) => MARGIN.top + inner.h - value / top * inner.h;
	const svg = drawn("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img" });
	for (const step of steps) {
		svg.append(drawn("line", { class: step ? "rule" : "base", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(step), y2: y(step) }));
		const text = step >= 10000 ? `${+(step / 1000).toPrecision(3)}k` : String(+step.toPrecision(6));
		svg.append(drawn("text", { class: "axis", x: MARGIN.left - 6, y: y(step) + 4, "text-anchor": "end" }, text));
	}
	const inSeconds = end >= 2 * SECOND, scale = inSeconds ? SECOND : 1e6;
	for (const tick of ticks(end / scale, Math.max(2, Math.min(8, inner.w / 70)))) {
		const last = x(tick * scale) > width - 34;
		svg.append(drawn("text", { class: "axis", x: x(tick * scale), y: HEIGHT - 5, "text-anchor": last ? "end" : "middle" },
			`${+tick.toPrecision(6)} ${inSeconds ? "s" : "ms"}`));
	}
	const split = after(points, cursor, (point) => point[0]);
	const path = (line, from, to, close) => {
		let text = "", last;
		for (let index = from; index < to; index++) {
			const value = points[index][1][line];
			if (value === undefined) { last = undefined; continue; }
			const px = x(points[index][0]).toFixed(1), py = y(value).toFixed(1);
			text += last === undefined ? `M${px} ${py}` : last === py ? "" : `H${px}V${py}`;
			last = py;
		}
		return last === undefined ? text : `${text}H${x(close).toFixed(1)}`;
	};
	names.forEach((_, line) => {
		const stroke = colourOf(names[line], line);
		if (split > 0) svg.append(drawn("path", { d: path(line, 0, split, cursor), style: `stroke:${stroke}` }));
		const begin = Math.max(split - 1, 0);
		if (cursor < run.now && points.length > split) {
			svg.append(drawn("path", { class: "later", d: path(line, begin, points.length, run.now), style: `stroke:${stroke}` }));
		}
	});
	svg.append(drawn("line", { class: "now", x1: x(cursor), x2: x(cursor), y1: MARGIN.top, y2: MARGIN.top + inner.h }));
	place.onmousedown = (event) => {
		if (event.target.closest("svg") && event.button === 0) {
			goTo((event.clientX - place.getBoundingClientRect().left - MARGIN.left) / inner.w * end);
		}
	};
	const values = split > 0 ? points[split - 1][1] : [];
	const legend = element("div", { className: "legend" });
	names.forEach((name, line) => {
		const value = values[line];
		const mark = element("i");
		mark.style.background = colourOf(name, line);
		const number = value === undefined ? "–" : String(+value.toFixed(2));
		legend.append(element("span", { "data-line": name }, mark, `${name} `, element("b", {}, number + unit)));
	});
	place.replaceChildren(svg, legend);
}

// What can be told of any run: how many messages are handled, and how many are on their way. Reckoned anew only when
// something was told.
const reckoned = { growth: -1, rates: null, waiting: null };
const BINS = 240;

function reckon(stamp) {
	if (reckoned.growth === growth || (reckoned.at && stamp - reckoned.at < 250 && playing)) return;
	Object.assign(reckoned, { growth, at: stamp });
	const size = Math.max(total() / BINS, 1), bins = Math.ceil(run.now / size) + 1;
	const counts = new Map();
	for (const message of run.messages) counts.set(message[4], (counts.get(message[4]) ?? 0) + 1);
	const names = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 4).map(([name]) => name);
	const places = new Map(names.map((name, index) => [name, index]));
	const rates = Array.from({ length: bins }, (_, bin) => [bin * size, new Array(names.length + 1).fill(0)]);
	const changes = [];
	for (const [, cause, t, from, to, kind] of run.messages) {
		rates[Math.min(Math.floor(t / size), bins - 1)][1][places.get(to) ?? names.length] += SECOND / size;
		const sent = times.get(cause);
		if (from !== "timer" && kind !== "action" && sent !== undefined) changes.push([sent, 1], [t, -1]);
	}
	// Who leaves goes before who comes.
	changes.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
	const peaks = new Array(bins).fill(0);
	let level = 0;
	for (const [t, change] of changes) {
		level += change;
		const bin = Math.min(Math.floor(t / size), bins - 1);
		peaks[bin] = Math.max(peaks[bin], level);
	}
	const others = counts.size > names.length ? ["others"] : [];
	reckoned.rates = { names: [...names, ...others], points: rates };
	reckoned.waiting = { names: ["most at a time"], points: peaks.map((peak, bin) => [bin * size, [peak]]) };
}

//---------------------------------------------------------------------- tables

const head = (names, numbers = []) =>
	element("tr", {}, ...names.map((name, index) => element("th", { className: numbers.includes(index) ? "number" : "" }, name)));

function fill(table, heading, rows, nothing) {
	const none = element("tr", {}, element("td", { className: "none", colSpan: heading.children.length }, nothing));
	table.replaceChildren(element("thead", {}, heading), element("tbody", {}, ...rows.length ? rows : [none]));
}

function bar(part) {
	const inner = element("i");
	inner.style.width = `${part * 100}%`;
	return [element("span", { className: "bar" }, inner), element("span", {}, `${Math.round(part * 100)} %`)];
}

function cell(value, isLast) {
	if (typeof value === "number") return element("td", { className: "number" }, String(+value.toFixed(3)));
	if (typeof value === "object") return element("td", {}, ...bar(value.part));
	return element("td", { className: isLast ? "text" : "" }, value);
}

function showPanels(sample) {
	const place = byId("panels");
	const wanted = sample?.panels ?? [];
	const titles = wanted.map((panel) => panel.title).join("\n");
	if (place.dataset.titles !== titles) {
		place.dataset.titles = titles;
		place.replaceChildren(...wanted.map((panel) => element("section", { className: "card", "data-panel": panel.title },
			element("h2", {}, panel.title), panel.lines
				? element("div", { className: "chart" })
				: element("div", { className: "scroll" }, element("table")))));
	}
	wanted.forEach((panel, index) => {
		const card = place.children[index];
		if (panel.lines) {
			chart(card.querySelector(".chart"), series.get(panel.title));
			return;
		}
		const table = card.querySelector("table");
		if (table.shows === panel) return;
		table.shows = panel;
		const numbers = panel.columns.map((_, at) => at).filter((at) => panel.rows.some((row) => typeof row[at] === "number"));
		const rows = panel.rows.map((row) =>
			element("tr", {}, ...panel.columns.map((_, at) => cell(row[at] ?? "", at === panel.columns.length - 1))));
		fill(table, head(panel.columns, numbers), rows, "none");
	});
}

function showServices(sample, handled) {
	const rows = (sample?.mail ?? []).map(([name, waits]) => {
		return element("tr", { "data-service": name, className: name === chosen ? "chosen" : "" },
			element("td", { className: "text" }, name), element("td", { className: "number" }, String(waits)),
			element("td", { className: "number" }, String(handled.get(name) ?? 0)));
	});
	fill(byId("services"), head([`${rows.length} live`, "waiting", "handled"], [1, 2]), rows, "none lives yet");
}

// A timer comes as a response, which nobody has sent.
const toldKind = (message) => message[3] === "timer" ? "timer" : message[5];
const command = (message) => message[6].match(/^"([^"]*)"/)?.[1] ?? "";

// The messages up to the cursor, counted; goes on from the last time, if the cursor did.
const counted = { upTo: 0, handled: new Map(), pairs: new Map() };
function count(upTo) {
	if (upTo < counted.upTo) Object.assign(counted, { upTo: 0, handled: new Map(), pairs: new Map() });
	for (; counted.upTo < upTo; counted.upTo++) {
		const message = run.messages[counted.upTo], [, , , from, to, kind] = message;
		if (kind === "action") continue;
		counted.handled.set(to, (counted.handled.get(to) ?? 0) + 1);
		const key = `${from}\n${to}`;
		const pair = counted.pairs.get(key) ?? { from, to, count: 0, what: new Map() };
		counted.pairs.set(key, pair);
		pair.count++;
		const what = kind === "lua" || kind === "snax" ? command(message) || kind : toldKind(message);
		pair.what.set(what, (pair.what.get(what) ?? 0) + 1);
	}
	return counted;
}

function showPairs(pairs) {
	const wanted = [...pairs.values()].filter((pair) => !chosen || pair.from === chosen || pair.to === chosen);
	wanted.sort((a, b) => b.count - a.count);
	const rows = wanted.slice(0, ROWS).map((pair) => {
		const what = [...pair.what].sort((a, b) => b[1] - a[1]).slice(0, 4).map(([name, count]) => `${name} ${count}`);
		return element("tr", {}, element("td", {}, pair.from), element("td", {}, `→ ${pair.to}`),
			element("td", { className: "number" }, String(pair.count)), element("td", { className: "text" }, what.join(", ")));
	});
	fill(byId("pairs"), head(["from", "to", "messages", "what"], [2]), rows, "nobody yet");
}

// Lists the last entries before the cursor that fit, the newest first.
function list(table, names, entries, upTo, fits, row, nothing) {
	const found = [];
	for (let index = upTo - 1; index >= 0 && found.length <= ROWS; index--) {
		if (fits(entries[index])) found.push(entries[index]);
	}
	fill(table, head(names), found.slice(0, ROWS).map(row), nothing);
	if (found.length <= ROWS) return;
	const more = element("td", { className: "none", colSpan: names.length }, "older ones are listed when you go back in time");
	table.tBodies[0].append(element("tr", {}, more));
}

const at = (t, row) => {
	row.dataset.t = t;
	return row;
};

const ofChosen = (message) => !chosen || message[3] === chosen || message[4] === chosen;

function showLists(upTo) {
	const lines = after(run.lines, cursor, LINE_TIME);
	const wanted = `${upTo} ${lines} ${chosen}`;
	if (shown === wanted) return;
	shown = wanted;
	// Together with the lists, so that it never says of whom they are before they are.
	for (const place of document.querySelectorAll(".filter")) {
		const clear = element("button", { title: "show all" }, "✕");
		clear.onclick = () => choose("");
		place.replaceChildren(...chosen ? [`of ${chosen} `, clear] : []);
	}
	const moment = (t) => element("td", { className: "time" }, seconds(t)), text = (text) => element("td", { className: "text" }, text);
	list(byId("messages"), ["time", "event", "from → to", "kind", "what"], run.messages, upTo, ofChosen, (message) => {
		const [event, , t, from, to, kind, what] = message;
		return at(t, element("tr", {}, moment(t), element("td", { className: "time" }, `#${event}`),
			element("td", {}, kind === "action" ? to : `${from} → ${to}`), element("td", {}, toldKind(message)), text(what)));
	}, "none yet");
	list(byId("log"), ["time", "service", "line"], run.lines, lines, (line) => !chosen || line[1] === chosen,
		([t, service, line]) => at(t, element("tr", {}, moment(t), element("td", {}, service), text(line))), "nothing yet");
}

//----------------------------------------------------------------------- lanes

const KINDS = { lua: "--c0", response: "--c1", timer: "--c7", error: "--c3", action: "--c4", other: "--c5" };
const LANES_MAX = 28, LANE = 17, DRAWN_MAX = 4000;
const kindOf = (message) => message[3] === "timer" ? "timer" : message[5] in KINDS ? message[5] : "other";
let dots = [];

function showLanes(upTo) {
	const width = Number(byId("window").value), from = Math.max(0, cursor - Math.min(width, Math.max(cursor, 1)));
	const range = Math.max(cursor - from, 1);
	const fitting = run.messages.slice(after(run.messages, from - 1, MESSAGE_TIME), upTo).filter(ofChosen);
	const wanted = fitting.slice(-DRAWN_MAX);
	const weight = new Map();
	for (const [, , , sender, receiver] of wanted) {
		weight.set(receiver, (weight.get(receiver) ?? 0) + 1);
		if (sender !== "timer") weight.set(sender, weight.get(sender) ?? 0);
	}
	const heaviest = new Set([...weight].sort((a, b) => b[1] - a[1]).slice(0, LANES_MAX).map(([name]) => name));
	const names = [...weight.keys()].filter((name) => heaviest.has(name)).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
	const lanes = new Map(names.map((name, index) => [name, index]));
	const missing = [];
	if (fitting.length > DRAWN_MAX) missing.push(`only the last ${DRAWN_MAX} of ${fitting.length} messages are drawn`);
	if (weight.size > names.length) missing.push(`only the ${names.length} busiest of ${weight.size} services have a line`);
	byId("missing").textContent = missing.join("; ");
	const canvas = document.querySelector("#lanes canvas"), wide = Math.max(canvas.parentNode.clientWidth, 300);
	const high = Math.max(names.length, 6) * LANE + 30, ratio = window.devicePixelRatio || 1;
	canvas.style.height = `${high}px`;
	canvas.width = wide * ratio;
	canvas.height = high * ratio;
	const style = getComputedStyle(document.documentElement), colour = (name) => style.getPropertyValue(name).trim();
	const pen = canvas.getContext("2d");
	pen.scale(ratio, ratio);
	pen.font = "12px " + getComputedStyle(document.body).fontFamily;
	pen.textBaseline = "middle";
	const left = Math.min(160, 16 + Math.max(40, ...names.map((name) => pen.measureText(name).width))), right = wide - 14;
	const x = (t) => left + (t - from) / range * (right - left), y = (lane) => 8 + lane * LANE + LANE / 2;
	names.forEach((name, lane) => {
		pen.strokeStyle = colour("--grid");
		pen.beginPath();
		pen.moveTo(left, y(lane));
		pen.lineTo(right, y(lane));
		pen.stroke();
		pen.fillStyle = colour(name === chosen ? "--accent" : "--ink");
		pen.textAlign = "right";
		pen.fillText(name, left - 10, y(lane), left - 14);
	});
	pen.fillStyle = colour("--soft");
	for (let tick = 0; tick <= 4; tick++) {
		const t = from + range * tick / 4;
		pen.textAlign = tick === 4 ? "right" : tick === 0 ? "left" : "center";
		const text = range < 2 * SECOND && tick < 4 ? `−${span(range * (4 - tick) / 4)}` : seconds(Math.round(t / 1000) * 1000);
		pen.fillText(text, x(t), high - 9);
	}
	dots = [];
	const colours = Object.fromEntries(Object.entries(KINDS).map(([kind, name]) => [kind, colour(name)]));
	for (const message of wanted) {
		const [, cause, t, sender, receiver] = message, kind = kindOf(message);
		const lane = lanes.get(receiver), origin = lanes.get(sender);
		if (lane === undefined) continue;
		pen.strokeStyle = pen.fillStyle = colours[kind];
		if (origin !== undefined && kind !== "action" && kind !== "timer") {
			pen.globalAlpha = 0.4;
			pen.beginPath();
			pen.moveTo(x(Math.max(times.get(cause) ?? t, from)), y(origin));
			pen.lineTo(x(t), y(lane));
			pen.stroke();
			pen.globalAlpha = 1;
		}
		pen.beginPath();
		pen.arc(x(t), y(lane), kind === "timer" ? 2 : 3, 0, 7);
		pen.fill();
		dots.push([x(t), y(lane), message]);
	}
}

function nearest(event) {
	const box = event.currentTarget.getBoundingClientRect();
	const px = event.clientX - box.left, py = event.clientY - box.top;
	let best, least = 100;
	for (const dot of dots) {
		const distance = (dot[0] - px) ** 2 + (dot[1] - py) ** 2;
		if (distance <= least) [best, least] = [dot, distance];
	}
	return best;
}

//----------------------------------------------------------------------- state

function choose(service) {
	chosen = service;
	const select = byId("service");
	if (![...select.options].some((option) => option.value === service)) select.append(new Option(service, service));
	select.value = service;
	stateOf = "";
	dirty = true;
}

let stateOf = "";	// of whom at which event is shown or asked for

async function showState(upTo) {
	if (!chosen) {
		byId("state").textContent = byId("when").textContent = "";
		return;
	}
	if (!told.live) {
		const text = run.end?.states?.[chosen];
		byId("when").textContent = text ? "at the end of the run" : "";
		byId("state").textContent = text ?? "its state is not in this page";
		return;
	}
	if (playing || asking) return;
	const event = upTo > 0 ? run.messages[upTo - 1][0] : 0, wanted = `${event} ${chosen}`;
	if (stateOf === wanted) return;
	stateOf = wanted;
	try {
		const answer = await ask("/state", { service: chosen, event: cursor >= run.now ? run.event : event });
		if (stateOf !== wanted) return;
		byId("when").textContent = `after event #${event}`;
		byId("state").textContent = answer.text ?? "it does not live now";
	} catch (error) {
		notice(`no state: ${error.message}`);
	}
}

//------------------------------------------------------------------------ all

function show(stamp) {
	const all = total(), slider = byId("slider");
	slider.max = all;
	if (document.activeElement !== slider || playing) slider.value = cursor;
	byId("time").replaceChildren(seconds(Math.floor(cursor / 1000) * 1000), element("small", {}, ` of ${span(all)}`));
	byId("play").textContent = playing ? "Pause" : "Play";
	const badge = byId("verdict");
	badge.className = `badge ${run.end?.verdict ?? ""}`;
	badge.textContent = run.end?.verdict ?? (told.live ? "live" : "no end");
	badge.title = run.end?.ending ?? "";
	const failures = run.end?.failures ?? [];
	byId("failures").hidden = failures.length === 0;
	byId("failures").querySelector("ul").replaceChildren(...failures.map((text) => element("li", {}, text)));
	if (run.complaint) notice(`the monitor: ${run.complaint}`);
	else if (run.missed) notice(`${run.missed} messages and lines were too many for this page`);
	const upTo = after(run.messages, cursor, MESSAGE_TIME);
	const sample = run.samples[after(run.samples, cursor, SAMPLE_TIME) - 1];
	byId("events").textContent = upTo > 0 ? `#${run.messages[upTo - 1][0]}` : "#0";
	showPanels(sample);
	reckon(stamp);
	chart(byId("rates"), reckoned.rates);
	chart(byId("waiting"), reckoned.waiting);
	const { handled, pairs } = count(upTo);
	showServices(sample, handled);
	showPairs(pairs);
	showLanes(upTo);
	showLists(upTo);
	const options = byId("service").options;
	const lives = new Set((sample?.mail ?? []).map(([name]) => name));
	const has = new Set([...options].map((option) => option.value));
	for (const name of lives) if (!has.has(name)) options.add(new Option(name, name));
	showState(upTo);
}

function begin() {
	document.title = `${told.scenario} – skysim`;
	byId("scenario").textContent = told.scenario;
	byId("title").textContent = told.title;
	const facts = { seed: told.seed, schedule: told.schedule, Lua: told.lua };
	byId("facts").append(...Object.entries(facts).map(([name, value]) =>
		element("div", {}, element("dt", {}, name), element("dd", {}, value ?? ""))),
		element("div", {}, element("dt", {}, "event"), element("dd", { id: "events" }, "#0")));
	byId("kinds").append(...Object.entries(KINDS).map(([kind, name]) => {
		const mark = element("i");
		mark.style.background = `var(${name})`;
		return element("span", {}, mark, kind);
	}));
	absorb(told);
	byId("play").onclick = () => setPlaying(!playing);
	byId("step").onclick = stepOn;
	byId("back").onclick = stepBack;
	byId("begin").onclick = () => goTo(0);
	byId("end").onclick = goToEnd;
	byId("slider").oninput = (event) => goTo(Number(event.target.value));
	byId("slider").onchange = (event) => event.target.blur();
	byId("service").onchange = (event) => choose(event.target.value);
	byId("window").onchange = () => { dirty = true; };
	byId("goto").onsubmit = (event) => {
		event.preventDefault();
		const wanted = parseFloat(byId("moment").value);
		if (Number.isFinite(wanted)) goTo(wanted * SECOND);
	};
	const keys = { " ": () => setPlaying(!playing), ArrowRight: stepOn, ArrowLeft: stepBack, Home: () => goTo(0), End: goToEnd };
	document.onkeydown = (event) => {
		if (event.target.matches("input, select, button") || !keys[event.key]) return;
		event.preventDefault();
		keys[event.key]();
	};
	const canvas = document.querySelector("#lanes canvas"), tip = document.querySelector("#lanes .tip");
	canvas.onmousemove = (event) => {
		const dot = nearest(event);
		tip.hidden = !dot;
		if (!dot) return;
		const [event_, , t, from, to, kind, what] = dot[2];
		tip.textContent = `${seconds(t)}  #${event_}  ${from} → ${to}  ${kind} ${what}`;
		tip.style.left = `${Math.min(dot[0] + 10, canvas.clientWidth - 300)}px`;
		tip.style.top = `${dot[1] + 10}px`;
	};
	// When the mouse goes down, not when it clicks: until it goes up, what lies under it may have been drawn anew.
	document.onmousedown = (event) => {
		if (event.button !== 0) return;
		const row = event.target.closest("tr[data-service], tr[data-t]");
		if (row?.dataset.service) choose(row.dataset.service === chosen ? "" : row.dataset.service);
		else if (row) goTo(Number(row.dataset.t));
	};
	canvas.onmouseleave = () => { tip.hidden = true; };
	window.onresize = () => { dirty = true; };
	matchMedia("(prefers-color-scheme: dark)").onchange = () => { dirty = true; };
	// A link may name a moment in seconds: #60.
	const moment = parseFloat(location.hash.slice(1));
	goTo(Number.isFinite(moment) ? moment * SECOND : told.live ? 0 : run.now);
	requestAnimationFrame(frame);
}

begin();
