// Charts of a series: a point is [time, calls/s, failed/s, p50, p95, p99], times in ms since 1970, percentiles in seconds.
const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 600;
const HEIGHT = 100;
const LOWEST = 0.0005; // seconds; times are drawn on a logarithmic scale, of which this is the lower end
const LINES = {
  rate: [["all", 1], ["failed", 2]],
  time: [["p50", 3], ["p95", 4], ["p99", 5]],
};

export function rate(value) {
  if (value === null || value === undefined) return "–";
  if (value === 0) return "0";
  return value < 10 ? value.toFixed(value < 0.1 ? 2 : 1) : Math.round(value).toLocaleString("en");
}

export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  const ms = seconds * 1000;
  if (ms >= 10000) return `${Math.round(seconds)} s`;
  if (ms >= 1000) return `${Number(seconds.toFixed(1))} s`;
  return `${ms < 10 ? Number(ms.toFixed(1)) : Math.round(ms)} ms`;
}

// A span of time, in ms.
function long(span) {
  return span < 120000 ? `${Math.round(span / 1000)} s` : `${Math.round(span / 60000)} min`;
}

// The lowest of 1, 2 and 5 times a power of ten that is not below the value.
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((each) => each * power).find((each) => each >= value * 0.999);
}

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function axis(plot, place) {
  const made = document.createElement("span");
  made.className = `axis ${place}`;
  made.ariaHidden = "true";
  plot.append(made);
  return made;
}

export class Chart {
  constructor(figure) {
    this.kind = figure.dataset.kind;
    this.title = figure.dataset.title;
    this.points = [];
    this.plot = figure.querySelector(".plot");
    this.readout = figure.querySelector(".readout");
    this.svg = element("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    const grid = this.kind === "rate" ? [0, HEIGHT / 2, HEIGHT] : [HEIGHT, 0, 0, 0, 0, 0];
    this.grid = grid.map((y) => element("line", { x1: 0, x2: WIDTH, y1: y, y2: y }));
    this.svg.append(...this.grid, element("line", { x1: 0, x2: WIDTH, y1: HEIGHT, y2: HEIGHT }));
    this.area = element("path", { class: "area" });
    if (this.kind === "rate") this.svg.append(this.area);
    this.paths = LINES[this.kind].map(([name]) => element("path", { class: name }));
    this.cursor = element("line", { class: "cursor", y1: 0, y2: HEIGHT, x1: -9, x2: -9, visibility: "hidden" });
    this.svg.append(...this.paths, this.cursor);
    this.plot.append(this.svg);
    this.top = axis(this.plot, "top");
    axis(this.plot, "low").textContent = this.kind === "rate" ? "0" : duration(LOWEST);
    this.then = axis(this.plot, "then");
    axis(this.plot, "now").textContent = "now";
    this.svg.addEventListener("pointermove", (event) => this.point(event));
    this.svg.addEventListener("pointerleave", () => this.leave());
  }

  // Draws the points; `span` is the time from the chart's left end to its right one, in ms.
  draw(points, span, now) {
    this.points = points;
    this.x = (point) => Math.max(0, WIDTH * (1 - (now - point[0]) / span));
    const highest = Math.max(0, ...points.flatMap((point) => LINES[this.kind].map(([, at]) => point[at] ?? 0)));
    if (this.kind === "rate") {
      const top = ceiling(highest || 1);
      this.y = (value) => HEIGHT * (1 - value / top);
      this.top.textContent = rate(top);
    } else {
      const top = 10 ** Math.max(-1, Math.ceil(Math.log10(Math.max(highest, LOWEST)) - 0.001));
      const share = (value) => Math.log(Math.max(value, LOWEST) / LOWEST) / Math.log(top / LOWEST);
      this.y = (value) => HEIGHT * (1 - share(value));
      this.grid.forEach((line, number) => {
        const at = Math.max(0, this.y(0.001 * 10 ** number));
        for (const end of ["y1", "y2"]) line.setAttribute(end, at);
      });
      this.top.textContent = duration(top);
    }
    LINES[this.kind].forEach(([, at], number) => this.paths[number].setAttribute("d", this.line(at)));
    if (this.kind === "rate" && points.length > 1) {
      const ends = [points.at(-1), points[0]].map((point) => `L${this.x(point).toFixed(1)} ${HEIGHT}`);
      this.area.setAttribute("d", `${this.line(1)}${ends.join("")}Z`);
    }
    this.then.textContent = `${long(span)} ago`;
    this.plot.ariaLabel = this.told(long(span));
  }

  // A line, with gaps where there is no value; a value that stands alone is a short stroke.
  line(at) {
    let drawn = "";
    let before = false;
    for (const point of this.points) {
      const there = point[at] !== null;
      const [x, y] = there ? [this.x(point).toFixed(1), this.y(point[at]).toFixed(1)] : [];
      if (there) drawn += before ? `L${x} ${y}` : `M${x} ${y}h1`;
      before = there;
    }
    return drawn;
  }

  // The text alternative.
  told(span) {
    const last = this.points.at(-1);
    const highest = (at) => this.points.reduce((most, point) => Math.max(most, point[at] ?? 0), 0);
    if (!last) return `${this.title}: nothing yet`;
    if (this.kind === "rate") {
      return `${this.title} in the last ${span}: now ${rate(last[1])}, at most ${rate(highest(1))}, failed at most ${rate(highest(2))}`;
    }
    return `${this.title} in the last ${span}: half now at most ${duration(last[3])}, slowest p99 ${duration(highest(5) || null)}`;
  }

  point(event) {
    const box = this.svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * WIDTH;
    const near = this.points.reduce(
      (best, each) => (best && Math.abs(this.x(best) - x) <= Math.abs(this.x(each) - x) ? best : each), null);
    if (!near) return;
    for (const end of ["x1", "x2"]) this.cursor.setAttribute(end, this.x(near));
    this.cursor.setAttribute("visibility", "visible");
    const values = this.kind === "rate"
      ? `${rate(near[1])}/s, ${rate(near[2])} failed`
      : near.slice(3).map(duration).join(" · ");
    this.readout.textContent = `${new Date(near[0]).toLocaleTimeString()}  ${values}`;
  }

  leave() {
    this.cursor.setAttribute("visibility", "hidden");
    this.readout.textContent = "";
  }
}
