// docs/options.md, out of the JSON Schema of the config file: a table for every heading of `autombw search --help`.

const HEAD = `# Options of a search

Every option works on the command line (\`autombw search --optimizer random\`) and in a config file (\`{ "optimizer": "random" }\`, with the name in
camelCase). The command line overrides the file. \`autombw schema > search.schema.json\` lets editors complete config files. \`npm run schema\` generates
this page from the same schema.
`;

/** @param schema of the config file, as `searchJsonSchema` gives it */
export function optionsDocument({ properties }) {
  const groups = grouped(Object.entries(properties));
  const tables = [...groups].flatMap(([group, options]) =>
    group === undefined
      ? []
      : [
          [
            `## ${group}`,
            '',
            '| option | in a file | default | meaning |',
            '| --- | --- | --- | --- |',
            ...options.map(([key, option]) => rowOf(key, option)),
            '',
          ].join('\n'),
        ],
  );
  return `${HEAD}\n${tables.join('\n')}`;
}

function grouped(entries) {
  const groups = new Map();
  for (const entry of entries) {
    const { group } = entry[1];
    groups.set(group, [...(groups.get(group) ?? []), entry]);
  }
  return groups;
}

function rowOf(key, { description, off, value, alias, env, default: standard, type }) {
  const flag = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const isOn = type === 'boolean' && standard === true;
  const flags = [
    ...(isOn ? [] : [`--${flag}${type === 'boolean' ? '' : ` <${value ?? 'value'}>`}`]),
    ...(alias === undefined ? [] : [`--${alias}`]),
    ...(isOn || off !== undefined ? [`--no-${flag}`] : []),
  ];
  const [text, given] = /^(.*) \(default: ([^()]*)\)$/.exec(description)?.slice(1) ?? [description];
  const about = [
    isOn ? (off ?? description) : text,
    ...(off === undefined || isOn ? [] : [off]),
    ...(env === undefined ? [] : [`Environment: \`${env}\``]),
  ].join('. ');
  const cells = [
    flags.map((name) => `\`${name}\``).join(', '),
    `\`${key}\``,
    isOn ? 'on' : (given ?? shown(standard)),
    about,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
}

function shown(standard) {
  if (standard === undefined || standard === false || standard === '') return '';
  const text = Array.isArray(standard) ? standard.join(', ') : standard;
  return typeof text === 'object' || text === '' ? '' : `\`${text}\``;
}
