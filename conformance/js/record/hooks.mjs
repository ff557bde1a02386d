// Where an import of a test leads: a package of the surface to a module that hands it through the recorder, taken from the
// folder whose versions are wanted; what the tests need besides is taken from the folder js. Imports inside the packages are
// left alone.
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const RECORDED = 'parvis-recorded:';
const BESIDE = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
let folders;
let surface;

export function initialize(data) {
  folders = [data.packages, BESIDE].map((folder) => {
    const about = path.join(folder, 'package.json');
    return { from: pathToFileURL(about).href, names: createRequire(about)('./package.json').dependencies };
  });
  surface = data.surface;
}

export async function resolve(specifier, context, next) {
  const fromTest = context.parentURL?.startsWith('file:') && !context.parentURL.includes('/node_modules/');
  const folder = fromTest && folders.find(({ names }) => specifier in names);
  if (!folder) return next(specifier, context);
  const real = await next(specifier, { ...context, parentURL: folder.from });
  if (!(specifier in surface)) return real;
  return { url: `${RECORDED}${specifier}?${real.url}`, format: 'module', shortCircuit: true };
}

export async function load(url, context, next) {
  if (!url.startsWith(RECORDED)) return next(url, context);
  const [name, real] = url.slice(RECORDED.length).split('?');
  const names = surface[name].exports;
  const source = `import * as real from ${JSON.stringify(real)};
const recorded = globalThis.parvisRecorder.exportsOf(${JSON.stringify(name)}, real);
export const { ${names.join(', ')} } = recorded;`;
  return { format: 'module', source, shortCircuit: true };
}
