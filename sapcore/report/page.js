// Draws the figures of the report in the colours that the browser asks for, and again when it asks for others.
const dark = matchMedia("(prefers-color-scheme: dark)");
const settings = {
  responsive: true,
  displaylogo: false,
  plotlyServerURL: "", // nothing leaves the page
  modeBarButtonsToRemove: ["sendChartToCloud", "select2d", "lasso2d", "autoScale2d"],
};
const NARROW = 600; // pixels, where a legend has one entry a line
const LEGEND_LINE = 30;

// A legend takes at most half of the height
function height(place, data, layout) {
  const entries = data.filter((trace) => trace.showlegend !== false).length;
  return place.clientWidth < NARROW ? Math.max(layout.height, 2 * LEGEND_LINE * (entries + 1)) : layout.height;
}

function draw(theme) {
  for (const place of document.querySelectorAll(".figure")) {
    const { data, layout } = JSON.parse(document.getElementById(`${place.id}-${theme}`).textContent);
    const picture = { format: "svg", filename: place.id };
    // uirevision: what was zoomed or hidden stays so in the other colours
    const kept = { ...layout, height: height(place, data, layout), uirevision: "kept" };
    Plotly.react(place, data, kept, { ...settings, toImageButtonOptions: picture });
  }
}

const current = () => draw(dark.matches ? "dark" : "light");
dark.addEventListener("change", current);
addEventListener("beforeprint", () => draw("light"));
addEventListener("afterprint", current);
current();
