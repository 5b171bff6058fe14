// The console's page: what the events tell, the filter of operations, and copying.
import { Chart, duration, rate } from "./charts.js";

const byId = (id) => document.getElementById(id);
const charts = [...document.querySelectorAll(".chart")].map((figure) => [figure.dataset.series, new Chart(figure)]);
const kept = { series: {}, most: 180, span: 15 * 60 * 1000 };

function cells(row, numbers) {
  const line = document.createElement("tr");
  row.forEach((text, place) => {
    const cell = document.createElement(place ? "td" : "th");
    if (!place) cell.scope = "row";
    if (place >= numbers) cell.className = "number";
    cell.textContent = text;
    line.append(cell);
  });
  return line;
}

function figures(within, point) {
  const values = point ? { rate: rate(point[1]), p50: duration(point[3]), p95: duration(point[4]), p99: duration(point[5]) } : {};
  if (point) values.errors = point[1] ? `${((100 * point[2]) / point[1]).toFixed(point[2] ? 1 : 0)} %` : "–";
  for (const place of within.querySelectorAll("[data-now]")) {
    if (place.dataset.now in values) place.textContent = values[place.dataset.now];
    if (place.dataset.now === "errors") place.classList.toggle("some", Boolean(point?.[2]));
  }
}

function gauges(told) {
  const shown = {
    workers: told.workers,
    memory: `${Math.round(told.memory / 2 ** 20)} MiB`,
    sessions: told.sessions,
    lag: duration(told.lag),
  };
  for (const place of document.querySelectorAll("[data-gauge]")) place.textContent = shown[place.dataset.gauge] ?? "–";
  for (const place of document.querySelectorAll("[data-now=inFlight]")) place.textContent = told.inFlight ?? "–";
}

function operations(told) {
  byId("no-calls").hidden = told.rows.length > 0;
  byId("calls").closest(".wide").hidden = told.rows.length === 0;
  const minutes = Math.max(1, Math.round(told.seconds / 60));
  byId("by-operation").textContent = `By operation, last ${minutes === 1 ? "minute" : `${minutes} minutes`}`;
  byId("calls").replaceChildren(...told.rows.map(([face, name, calls, failed, ...times]) => {
    const line = cells([face, name, calls.toLocaleString("en"), failed.toLocaleString("en"), ...times.map(duration)], 2);
    line.children[3].classList.toggle("some", failed > 0);
    return line;
  }));
}

function minutes(points, now) {
  const rows = [];
  for (let minute = 0; minute < 15; minute += 1) {
    const within = points.filter((point) => Math.floor((now - point[0]) / 60000) === minute);
    const mean = (at) => within.reduce((sum, point) => sum + point[at], 0) / within.length;
    const most = (at) => within.reduce((highest, point) => (point[at] === null ? highest : Math.max(highest ?? 0, point[at])), null);
    if (within.length) rows.push(cells([String(minute), rate(mean(1)), rate(mean(2)), ...[3, 4, 5].map(most).map(duration)], 1));
  }
  byId("minutes").replaceChildren(...rows);
}

function show(told) {
  for (const place of document.querySelectorAll("[data-state]")) {
    const state = told.states[place.dataset.state] ?? "off";
    if (place.textContent !== state) place.textContent = state;
    place.className = `state ${state}`;
  }
  if (!told.metrics) return;
  gauges(told.gauges);
  operations(told.operations);
  for (const [name, chart] of charts) chart.draw(kept.series[name] ?? [], kept.span, told.at);
  figures(byId("traffic"), kept.series.all?.at(-1));
  for (const card of document.querySelectorAll(".card")) figures(card, kept.series[card.dataset.series]?.at(-1));
  minutes(kept.series.all ?? [], told.at);
}

function live(text, state) {
  if (byId("live").textContent !== text) byId("live").textContent = text;
  byId("live").className = state;
}

function watch() {
  const events = new EventSource("console/events");
  events.addEventListener("history", (event) => {
    const told = JSON.parse(event.data);
    Object.assign(kept, { series: told.series ?? {}, most: told.kept, span: told.kept * told.interval * 1000 });
    live("live", "on");
    show(told);
  });
  events.addEventListener("look", (event) => {
    const told = JSON.parse(event.data);
    for (const [name, points] of Object.entries(told.series)) {
      kept.series[name] = [...(kept.series[name] ?? []), ...points].slice(-kept.most);
    }
    live("live", "on");
    show(told);
  });
  events.addEventListener("end", () => live("draining", "off"));
  events.addEventListener("error", () => {
    if (events.readyState !== EventSource.CLOSED) return live("connection lost, trying again …", "off");
    live("not live: load the page again", "off");
    return setTimeout(watch, 30000);
  });
}

// What the calls name must be where the visitor reaches it: the page's own address, which may be that of a proxy.
function addresses() {
  const { http, grpc } = document.body.dataset;
  const reached = grpc.replace(/^(0\.0\.0\.0|\[::\])(?=:\d+$)/, location.hostname);
  const base = new URL(".", location.href).href.replace(/\/$/, "");
  for (const place of document.querySelectorAll(".call code")) {
    place.textContent = place.textContent.replaceAll(http, base).replaceAll(grpc, reached);
  }
}

function filter() {
  const words = byId("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const each of document.querySelectorAll(".operation")) {
    each.hidden = !words.every((word) => each.dataset.found.includes(word));
    found += !each.hidden;
  }
  for (const title of document.querySelectorAll("#operations h3")) {
    let next = title.nextElementSibling;
    while (next?.matches(".operation[hidden]")) next = next.nextElementSibling;
    title.hidden = !next?.matches(".operation");
  }
  byId("no-match").hidden = found > 0;
}

async function copy(button) {
  const code = button.parentElement.querySelector("code");
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
  } catch { // not over plain HTTP from another host, or not allowed: it is marked, for the keyboard to copy
    getSelection().selectAllChildren(code);
    button.textContent = "Marked";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
}

addresses();
byId("filter").addEventListener("input", filter);
byId("tools").addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("click", (event) => { if (event.target.matches(".copy")) copy(event.target); });
watch();
