// A plotly figure on the page as a picture: plotly draws it in layers, which lie above each other in one file.

const UNSEEN = ".draglayer, .zoomlayer, .hoverlayer, .selectionlayer"; // what serves the pointer alone

function pictureOf(figure, title, about) {
  const layers = [...figure.querySelectorAll(".main-svg")];
  const [width, height] = ["width", "height"].map((side) => Number(layers[0].getAttribute(side)));
  const svg = picture(width, height, title, about, getComputedStyle(layers[0]).backgroundColor);
  for (const layer of layers) svg.append(...layer.cloneNode(true).childNodes);
  for (const part of svg.querySelectorAll(UNSEEN)) part.remove();
  for (const part of svg.querySelectorAll("[style]")) part.style.removeProperty("vector-effect"); // lines grow as the rest
  return svg;
}

export default function ({ data, parentElement }) {
  for (const button of parentElement.querySelectorAll("button"))
    button.onclick = () => {
      const figure = document.querySelector(`.st-key-${data.figure} .js-plotly-plot`);
      const { fontFamily } = getComputedStyle(figure.querySelector("text"));
      return savePicture(pictureOf(figure, data.name, data.about), data.name, button.name, fontFamily);
    };
}
