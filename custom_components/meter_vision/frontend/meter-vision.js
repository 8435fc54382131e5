/* Draws the two selectors of Meter Vision's dialogs; Home Assistant loads it into every page that is opened.

   meter_vision_page tells the dialog that this page has loaded the script. meter_vision_view turns the picture and puts
   the box: by mouse, touch or keyboard. Box and rotation mean the same as in metering/photo.py: fractions of the upright
   picture, and degrees clockwise that turn the picture upright. */

const SMALLEST = 0.02;
const STEP = 0.01;
const GRAB = { mouse: 16, touch: 26 }; // pixels around a corner in which it can be taken
const FINGER = 48; // pixels that a box offers at least to a finger that moves it
const OUT = 5; // pixels by which a corner is drawn outside of the box
const PAUSE = 350; // milliseconds of rest before the picture to be sent is asked for
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const CORNERS = [[0, 0], [1, 0], [1, 1], [0, 1]];

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const turned = ([x, y], degrees) => {
  const angle = (degrees * Math.PI) / 180;
  return [x * Math.cos(angle) - y * Math.sin(angle), x * Math.sin(angle) + y * Math.cos(angle)];
};
const uprightSize = (width, height, degrees) => {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))];
  return [width * cos + height * sin, width * sin + height * cos];
};
const fire = (element, value) =>
  element.dispatchEvent(new CustomEvent("value-changed", { detail: { value }, bubbles: true, composed: true }));

class MeterVisionPage extends HTMLElement {
  connectedCallback() {
    const host = this.getRootNode().host;
    if (host) host.style.display = "none";
    // The form listens only after it has drawn its fields.
    setTimeout(() => this.isConnected && fire(this, true));
  }
}

const STYLE = `
  :host { display: block; }
  .stage { position: relative; margin: 0 auto; touch-action: none; user-select: none; cursor: crosshair; overflow: hidden;
    border-radius: var(--ha-border-radius-md, 8px); background: var(--secondary-background-color); }
  canvas { display: block; width: 100%; height: 100%; }
  .box { position: absolute; box-sizing: border-box; border: 3px solid var(--primary-color); cursor: move;
    box-shadow: 0 0 0 1px #fff8, 0 0 0 4000px #0006; }
  .box:focus-visible { outline: 3px solid #fff; outline-offset: 1px; }
  .corner { position: absolute; width: 10px; height: 10px; margin: -7px; border-radius: 50%; border: 2px solid #fff;
    background: var(--primary-color); }
  @media (pointer: coarse) { button { min-height: 44px; min-width: 44px; } }
  .tools { display: flex; flex-wrap: wrap; align-items: center; justify-content: center; gap: 8px; margin: 12px 0 4px; }
  button { font: inherit; font-size: var(--ha-font-size-s, 13px); color: var(--primary-text-color); min-height: 40px; min-width: 40px;
    padding: 0 12px; cursor: pointer; border-radius: 20px; border: 1px solid var(--divider-color);
    background: var(--card-background-color); }
  button:hover, button:focus-visible { border-color: var(--primary-color); outline: none; }
  output { min-width: 3.2em; text-align: center; color: var(--secondary-text-color); font-variant-numeric: tabular-nums; }
  p, figcaption { margin: 8px 0; color: var(--secondary-text-color); font-size: var(--ha-font-size-s, 13px); }
  figure { margin: 8px 0 0; }
  figure img { display: block; max-width: 100%; max-height: 220px; margin: 0 auto; border-radius: var(--ha-border-radius-md, 8px); }
`;
const TOOLS = [
  ["turn_left", "⟲ 90°", -90],
  ["lean_left", "−1°", -1],
  ["lean_right", "+1°", 1],
  ["turn_right", "⟳ 90°", 90],
];

class MeterVisionView extends HTMLElement {
  constructor() {
    super();
    this._rotation = 0;
    this._crop = null;
    this._taken = null;
    this._build(this.attachShadow({ mode: "open" }));
  }

  set selector(selector) {
    this._config = selector.meter_vision_view;
    if (this._image.dataset.source === this._config.image) return;
    this._image.dataset.source = this._config.image;
    this._image.src = this._config.image;
  }

  set value(value) {
    if (!value) return;
    this._rotation = value.rotation ?? 0;
    this._crop = value.crop ?? null;
    this._draw();
  }

  set localizeValue(localize) {
    this._localize = localize;
    this._label();
  }

  connectedCallback() {
    this._sizes = new ResizeObserver(() => this._draw());
    this._sizes.observe(this);
  }

  disconnectedCallback() {
    this._sizes.disconnect();
    clearTimeout(this._asking);
    URL.revokeObjectURL(this._sent.src);
  }

  _build(root) {
    root.innerHTML = `<style>${STYLE}</style>
      <div class="stage"><canvas></canvas><div class="box" tabindex="0" role="group"></div></div>
      <div class="tools"></div><p></p><figure><figcaption></figcaption><img alt=""></figure>`;
    [this._stage, this._box, this._tools] = [".stage", ".box", ".tools"].map((name) => root.querySelector(name));
    [this._canvas, this._hint, this._caption, this._sent] = ["canvas", "p", "figcaption", "figure img"].map((name) =>
      root.querySelector(name)
    );
    CORNERS.forEach(([x, y]) => {
      const corner = Object.assign(document.createElement("div"), { className: "corner" });
      // A little outside, so that it hides no figure.
      const out = [x, y].map((side) => `${side ? OUT : -OUT}px`).join(" ");
      Object.assign(corner.style, { left: `${x * 100}%`, top: `${y * 100}%`, translate: out });
      this._box.append(corner);
    });
    this._degrees = document.createElement("output");
    TOOLS.forEach(([key, sign, degrees]) => this._tool(key, sign, () => this._turn(degrees)));
    this._tools.insertBefore(this._degrees, this._tools.children[2]);
    this._tool("whole", "", () => this._change(null));
    this._image = new Image();
    this._image.addEventListener("load", () => {
      this._draw();
      this._tell();
    });
    this._stage.addEventListener("pointerdown", (event) => this._take(event));
    this._stage.addEventListener("pointermove", (event) => this._drag(event));
    this._stage.addEventListener("pointerup", (event) => this._release(event));
    this._stage.addEventListener("pointercancel", (event) => this._is(event) && this._undo());
    this._box.addEventListener("keydown", (event) => this._key(event));
  }

  _tool(key, sign, action) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: sign });
    button.dataset.key = key;
    button.addEventListener("click", action);
    this._tools.append(button);
  }

  _text(key) {
    return this._localize?.(`view.options.${key}`) || key;
  }

  _label() {
    for (const button of this._tools.querySelectorAll("button")) {
      const text = this._text(button.dataset.key);
      button.setAttribute("aria-label", text);
      button.title = text;
      if (button.dataset.key === "whole") button.textContent = text;
    }
    this._box.setAttribute("aria-label", this._text("box"));
    this._hint.textContent = this._text("hint");
    this._caption.textContent = this._text("sent");
  }

  // What is shown

  get _upright() {
    return uprightSize(this._image.naturalWidth, this._image.naturalHeight, this._rotation);
  }

  _draw() {
    if (!this._image.naturalWidth || !this.clientWidth) return;
    const [width, height] = this._upright;
    const highest = clamp(window.innerHeight * 0.45, 180, 420);
    const shown = Math.min(this.clientWidth, (highest * width) / height);
    Object.assign(this._stage.style, { width: `${shown}px`, height: `${(shown * height) / width}px` });
    const scale = (shown * Math.min(2, window.devicePixelRatio || 1)) / width;
    Object.assign(this._canvas, { width: Math.round(width * scale), height: Math.round(height * scale) });
    const pen = this._canvas.getContext("2d");
    pen.translate(this._canvas.width / 2, this._canvas.height / 2);
    pen.rotate((this._rotation * Math.PI) / 180);
    pen.scale(scale, scale);
    pen.drawImage(this._image, -this._image.naturalWidth / 2, -this._image.naturalHeight / 2);
    const [x, y, w, h] = this._crop ?? [0, 0, 1, 1];
    const box = { left: x, top: y, width: w, height: h };
    for (const [side, part] of Object.entries(box)) this._box.style[side] = `${part * 100}%`;
    this._degrees.textContent = `${+this._rotation.toFixed(1)}°`;
  }

  _tell() {
    fire(this, { rotation: this._rotation, crop: this._crop, ui: true });
    clearTimeout(this._asking);
    this._asking = setTimeout(() => this._ask(), PAUSE);
  }

  async _ask() {
    const [x, y, width, height] = this._crop ?? [0, 0, 1, 1];
    const query = new URLSearchParams({ rotation: this._rotation, x, y, width, height });
    const answer = await this.hass.fetchWithAuth(`${this._config.prepared}?${query}`);
    if (!answer.ok || !this.isConnected) return;
    const old = this._sent.src;
    this._sent.src = URL.createObjectURL(await answer.blob());
    if (old) URL.revokeObjectURL(old);
  }

  // What is changed

  _change(crop) {
    this._crop = crop?.map((part) => +part.toFixed(4)) ?? null;
    this._draw();
    this._tell();
  }

  _turn(degrees) {
    const before = this._upright;
    this._rotation = (((this._rotation + degrees) % 360) + 360) % 360;
    const after = this._upright;
    let crop = null;
    if (this._crop) {
      const [x, y, w, h] = this._crop;
      const centre = turned([(x + w / 2 - 0.5) * before[0], (y + h / 2 - 0.5) * before[1]], degrees);
      const size = [w * before[0], h * before[1]];
      if (degrees % 180 && degrees % 90 === 0) size.reverse();
      crop = this._inside([0, 1].map((side) => [centre[side] / after[side] + 0.5, size[side] / after[side]]));
    }
    this._change(crop);
  }

  _inside(sides) {
    const [[x, w], [y, h]] = sides.map(([centre, size]) => {
      const low = clamp(centre - size / 2, 0, 1 - SMALLEST);
      return [low, clamp(centre + size / 2 - low, SMALLEST, 1 - low)];
    });
    return [x, y, w, h];
  }

  _point(event) {
    const { left, top, width, height } = this._stage.getBoundingClientRect();
    return [clamp((event.clientX - left) / width, 0, 1), clamp((event.clientY - top) / height, 0, 1)];
  }

  _is(event) {
    return this._taken?.pointer === event.pointerId;
  }

  _take(event) {
    if (event.button > 0) return;
    this._undo();
    if (!event.isPrimary) return; // two fingers mean no box
    this._stage.setPointerCapture(event.pointerId);
    const meant = this._meant(this._point(event), event.pointerType === "mouse");
    this._taken = { pointer: event.pointerId, before: this._crop, ...meant };
  }

  // What is meant by a place that was pressed: a corner, else the box, else a new box. `shift` leads from there to the
  // corner that is drawn.
  _meant([px, py], mouse) {
    if (!this._crop) return { corner: [px, py], shift: [0, 0] };
    const [x, y, w, h] = this._crop;
    const { width, height } = this._stage.getBoundingClientRect();
    const reach = mouse ? GRAB.mouse : GRAB.touch;
    // From inside, a third of the side at most, so that a small box can still be moved.
    const reached = (outwards, side) => outwards < reach && -outwards < Math.min(reach, side / 3);
    const near = CORNERS.find(
      ([cx, cy]) =>
        reached((px - x - cx * w) * (cx ? 1 : -1) * width, w * width) &&
        reached((py - y - cy * h) * (cy ? 1 : -1) * height, h * height)
    );
    if (near) {
      const [cx, cy] = near;
      return { corner: [x + (1 - cx) * w, y + (1 - cy) * h], shift: [x + cx * w - px, y + cy * h - py] };
    }
    const around = (side) => (mouse ? 0 : Math.max(0, (FINGER - side) / 2));
    const [wide, high] = [around(w * width) / width, around(h * height) / height];
    if (px > x - wide && px < x + w + wide && py > y - high && py < y + h + high) return { start: [px, py] };
    return { corner: [px, py], shift: [0, 0] };
  }

  _drag(event) {
    if (!this._is(event)) return;
    const [px, py] = this._point(event);
    const { start, corner, shift, before } = this._taken;
    if (start) {
      const [x, y, w, h] = before;
      this._crop = [clamp(x + px - start[0], 0, 1 - w), clamp(y + py - start[1], 0, 1 - h), w, h];
    } else {
      const [cx, cy] = [clamp(px + shift[0], 0, 1), clamp(py + shift[1], 0, 1)];
      const sides = [Math.abs(cx - corner[0]), Math.abs(cy - corner[1])];
      if (Math.min(...sides) < SMALLEST) return;
      this._crop = [Math.min(cx, corner[0]), Math.min(cy, corner[1]), ...sides];
    }
    this._draw();
  }

  _release(event) {
    if (!this._is(event)) return;
    const changed = this._crop !== this._taken.before;
    this._taken = null;
    if (changed) this._change(this._crop);
  }

  // The box as it was before it was taken
  _undo() {
    if (!this._taken) return;
    this._crop = this._taken.before;
    this._taken = null;
    this._draw();
  }

  _key(event) {
    const way = KEYS[event.key];
    if (!way) return;
    event.preventDefault();
    const [x, y, w, h] = this._crop ?? [0, 0, 1, 1];
    const [dx, dy] = way.map((side) => side * STEP);
    this._change(
      event.shiftKey
        ? [x, y, clamp(w + dx, SMALLEST, 1 - x), clamp(h + dy, SMALLEST, 1 - y)]
        : [clamp(x + dx, 0, 1 - w), clamp(y + dy, 0, 1 - h), w, h]
    );
  }
}

if (!customElements.get("ha-selector-meter_vision_view")) {
  customElements.define("ha-selector-meter_vision_page", MeterVisionPage);
  customElements.define("ha-selector-meter_vision_view", MeterVisionView);
}
