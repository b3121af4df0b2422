// Masks of several codes in aligned rows, redrawn while the slider is dragged; only its release reaches the server.
// Ranks come from sapcore.pruning.structured_mask.ranks: what has a lower rank is kept first.

// Python's round: ties to even
function rounded(value) {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

function keptCount(layers, size, ratio) {
  return Math.max(layers, size - rounded(ratio * size));
}

function quantity(value) {
  const units = [[1e9, " G"], [1e6, " M"], [1e3, " k"]];
  const [scale, unit] = units.find(([least]) => value >= least) ?? [1, ""];
  return (value / scale).toPrecision(3) + unit;
}

// -ln(BER) between the two measured ratios around `ratio`; null outside of what was measured
function interpolated(points, ratio) {
  const after = points.findIndex(([at]) => at >= ratio);
  if (after < 0) return null;
  const [r1, y1] = points[after];
  if (r1 === ratio) return y1;
  if (after === 0) return null;
  const [r0, y0] = points[after - 1];
  return y0 + ((y1 - y0) * (ratio - r0)) / (r1 - r0);
}

// The name of a cell's colour, for the rank of what it stands for and its rank in the reference, if there is one
function colourOf(rank, there, kept) {
  const here = rank < kept;
  if (there === undefined) return here ? "kept" : "removed";
  return here ? (there < kept ? "kept" : "gained") : there < kept ? "lost" : "removed";
}

function paint(canvas, ranks, kept, reference, colours) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < ranks.length; i++) pixels[i] = colours[colourOf(ranks[i], reference?.[i], kept)];
  context.putImageData(image, 0, 0);
}

function pixel(hex) {
  const [r, g, b] = [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

function element(tag, className, parent, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  parent.append(made);
  return made;
}

function build(root, data) {
  root.replaceChildren();
  const [layers, heads] = data.heads;
  const key = element("ul", "key", root);
  for (const [name, colour] of data.key) {
    const item = element("li", "", key);
    element("i", "", item).style.background = data.colours[colour];
    item.append(name);
  }
  return data.rows.map((row) => {
    const box = element("section", "code", root);
    element("h3", "name", box, row.name);
    element("p", "note", box, row.note);
    const maps = element("div", "maps", box);
    const canvases = [[heads, "heads"], [data.channels[1], "channels"]].map(([width, kind]) => {
      const canvas = element("canvas", kind, maps);
      Object.assign(canvas, { width, height: layers });
      canvas.setAttribute("role", "img");
      return canvas;
    });
    return { row, canvases, figures: element("p", "figures", box) };
  });
}

// How many heads and channels each code keeps
function keptCounts(data, ratio) {
  return [data.heads, data.channels].map(([layers, columns]) => keptCount(layers, layers * columns, ratio));
}

// The ranks of a row's heads and channels, each with those that it is compared with, if any
function comparedRanks(data, row) {
  const first = data.difference && row !== data.rows[0] ? data.rows[0] : null;
  return ["heads", "channels"].map((part) => [row[part], first?.[part]]);
}

function draw(data, parts, ratio, colours, slider) {
  const [layers, heads] = data.heads;
  const channels = data.channels[1];
  const kept = keptCounts(data, ratio);
  const removed = [layers * heads - kept[0], layers * channels - kept[1]];
  const spoken = `${kept[0]} of ${layers * heads} heads, ${kept[1]} of ${layers * channels} channels kept`;
  slider.setAttribute("aria-valuetext", `${ratio.toFixed(2)}, ${spoken}`);
  for (const { row, canvases, figures } of parts) {
    comparedRanks(data, row).forEach(([ranks, there], i) => paint(canvases[i], ranks, kept[i], there, colours));
    canvases[0].setAttribute("aria-label", `${row.name} keeps ${kept[0]} of ${layers * heads} heads`);
    canvases[1].setAttribute("aria-label", `${row.name} keeps ${kept[1]} of ${layers * channels} channels`);
    const cost = ([dense, head, channel]) => dense - removed[0] * head - removed[1] * channel;
    const rate = interpolated(row.rates, ratio);
    const measured = row.rates.some(([at]) => at === ratio);
    const text = rate === null ? "not measured here" : `${rate.toFixed(2)}${measured ? "" : ", interpolated"}`;
    figures.textContent =
      `heads ${kept[0]}/${layers * heads} · channels ${kept[1]}/${layers * channels} · ` +
      `${quantity(cost(row.macs))} MACs a frame (${Math.round((100 * cost(row.macs)) / row.macs[0])} %) · ` +
      `${quantity(cost(row.bytes))}B · -ln(BER) ${text}`;
  }
}

function saveAs(format, data, parts, ratio, place) {
  const kept = keptCounts(data, ratio);
  const name = `${data.file}-${ratio}`;
  if (format === "csv") return save(`${name}.csv`, maskTable(data, kept), "text/csv");
  const shown = parts.map(({ row, figures }) => ({
    name: row.name,
    note: row.note,
    figures: figures.textContent,
    cells: comparedRanks(data, row).map(([ranks, there], i) =>
      ranks.map((rank, at) => data.colours[colourOf(rank, there?.[at], kept[i])]),
    ),
  }));
  const look = getComputedStyle(place);
  return savePicture(maskPicture(data, shown, `Masks at pruning ratio ${ratio}`, look), name, format, look.fontFamily);
}

const drawn = new WeakMap(); // data as it was built, for each place on the page

export default function ({ data, parentElement, setStateValue }) {
  const slider = parentElement.querySelector("input");
  const output = parentElement.querySelector("output");
  const colours = Object.fromEntries(Object.entries(data.colours).map(([name, hex]) => [name, pixel(hex)]));
  const identity = JSON.stringify(data);
  let state = drawn.get(slider);
  if (!state || state.identity !== identity) {
    state = { identity, parts: build(parentElement.querySelector(".codes"), data), sent: state?.sent };
    drawn.set(slider, state);
    // the answer to an earlier press of a key does not take back what was pressed since
    const late = slider.matches(":focus") && state.sent !== undefined && state.sent !== data.ratio;
    if (!late) {
      slider.value = data.ratio;
      state.sent = undefined;
    }
  }
  const redraw = () => {
    const ratio = Number(slider.value);
    output.textContent = ratio.toFixed(2);
    draw(data, state.parts, ratio, colours, slider);
  };
  slider.oninput = redraw;
  for (const button of parentElement.querySelectorAll(".saving button"))
    button.onclick = () => saveAs(button.name, data, state.parts, Number(slider.value), output);
  slider.onchange = () => {
    const ratio = Number(slider.value);
    state.sent = ratio === data.ratio ? undefined : ratio; // where nothing changes no answer comes
    setStateValue("ratio", ratio);
  };
  redraw();
}
