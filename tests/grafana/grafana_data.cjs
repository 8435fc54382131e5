// Reads [{panel, frames}] from stdin and does with Grafana's own library what its page does with answers: transformations,
// names, units and colours. Writes, for each panel, its columns as {name, type, unit, colour, values}.
// usage: node grafana_data.cjs FOLDER_OF_NODE_MODULES
const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");

// The library looks at the browser's language when it is loaded, and at the page when it transforms.
globalThis.navigator = { language: "en-GB", languages: ["en-GB"], userAgent: "" };
const load = createRequire(`${process.argv[2]}/`);
const grafana = load("@grafana/data");
const { lastValueFrom } = load("rxjs");
globalThis.window = {};

const known = new Map(
  Object.values(grafana.standardTransformers)
    .filter((transformer) => transformer?.id)
    .map((transformer) => [transformer.id, transformer]),
);
grafana.standardTransformersRegistry.setInit(() =>
  [...known.values()].map((transformer) => ({
    id: transformer.id,
    name: transformer.name,
    description: "",
    categories: new Set(),
    transformation: () => Promise.resolve(transformer),
  })),
);

const PROPERTIES = ["unit", "color", "decimals", "noValue", "displayName", "custom.width", "custom.cellOptions"];
const properties = new grafana.FieldConfigOptionsRegistry(() =>
  PROPERTIES.map((id) => ({
    id,
    path: id,
    name: id,
    process: id === "displayName" ? grafana.displayNameOverrideProcessor : grafana.identityOverrideProcessor,
    settings: { expandTemplateVars: id === "displayName" },
    shouldApply: () => true,
  })),
);
const LABEL = "${__field.labels.series}";

const shown = async ({ panel, frames }) => {
  const data = frames.map((frame) => grafana.toDataFrame(frame));
  const steps = panel.transformations;
  for (const { id } of steps) if (!known.has(id)) throw new Error(`${panel.title}: no transformation ${id}`);
  const transformed = await lastValueFrom(grafana.transformDataFrame(steps, data, { interpolate: (text) => text }));
  const applied = grafana.applyFieldOverrides({
    data: transformed,
    fieldConfig: panel.fieldConfig,
    fieldConfigRegistry: properties,
    theme: grafana.createTheme(),
    replaceVariables: (text, scope) => {
      const field = scope?.__dataContext?.value?.field ?? scope?.__field?.value;
      return text.replace(LABEL, field?.labels?.series ?? LABEL);
    },
  });
  return applied.flatMap((frame) =>
    frame.fields.map((field) => ({
      name: grafana.getFieldDisplayName(field, frame, applied),
      type: field.type,
      unit: field.config.unit,
      colour: field.config.color?.fixedColor,
      values: [...field.values],
    })),
  );
};

(async () => {
  const panels = JSON.parse(readFileSync(0, "utf8"));
  const done = [];
  for (const panel of panels) done.push(await shown(panel));
  const units = panels.map(({ panel }) => {
    const unit = panel.fieldConfig.defaults.unit;
    return grafana.formattedValueToString(grafana.getValueFormat(unit)(12.5, 2));
  });
  process.stdout.write(JSON.stringify({ panels: done, units }), () => process.exit(0));
})();
