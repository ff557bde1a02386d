// Which operations the server has, read from the routes in its source, so that none stays outside the matrix. The folders
// of `edge/rest` that take no part are named here with the reason.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Folders whose routes are no operations of the matrix. */
const ELSEWHERE = {
  graph: 'members only, with the directory\'s own tokens: crates/edge/tests/graph.rs',
  oidc: 'sign-in itself: crates/edge/tests/oidc',
  pages: 'pages and their own tokens: crates/edge/tests/server, e2e',
};
const METHODS = /\b(get|post|put|patch|delete|any)\(/g;

async function sources(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.rs') && entry.name !== 'tests.rs');
  const texts = await Promise.all(files.map((entry) => readFile(path.join(entry.parentPath ?? entry.path, entry.name), 'utf8')));
  // Tests at the end of a file may have routes of their own.
  return texts.map((text) => text.split('#[cfg(test)]')[0]);
}

/** The text between the bracket that opens at `from` and the one that closes it. */
function bracketed(text, from) {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '(') depth += 1;
    if (text[at] === ')') depth -= 1;
    if (depth === 0) return text.slice(from + 1, at);
  }
  throw new Error('a bracket never closes');
}

/** A literal, a name for one, or `at("rest")` where `at` puts the rest behind a name for one. */
function addressOf(expression, text) {
  const named = (name) => new RegExp(`\\b${name}(?:: &str)? = "([^"]+)"`).exec(text)?.[1];
  const [, literal] = /^"([^"]*)"$/.exec(expression) ?? [];
  const [, rest] = /^&at\("([^"]*)"\)$/.exec(expression) ?? [];
  const [, base] = /format!\("\{(\w+)\}\{rest\}"\)/.exec(text) ?? [];
  if (literal !== undefined) return literal;
  return rest === undefined ? named(expression) : base && named(base) + rest;
}

/** `METHOD path` of each route of a source text; a text that nests its routes nests all of them. */
export function routesOf(text) {
  const found = [];
  const under = [...text.matchAll(/\.nest\(\s*"([^"]+)"/g)].map(([, prefix]) => prefix);
  const prefixes = under.length > 0 ? under : [''];
  for (const { index } of text.matchAll(/\.route\(/g)) {
    const inside = bracketed(text, index + '.route'.length);
    const [, expression, rest] = /^\s*([^,]+?)\s*,([\s\S]*)$/.exec(inside);
    const address = addressOf(expression, text);
    if (address === undefined) throw new Error(`an address that cannot be read: ${expression}`);
    for (const [, method] of rest.matchAll(METHODS)) {
      for (const prefix of prefixes) found.push(`${method.toUpperCase()} ${(prefix + address).replace(/(.)\/$/, prefix ? '$1' : '$1/')}`);
    }
  }
  return found;
}

/** Whether an operation is one that the route serves; `{x}` of the route stands for one segment or its end. */
export function serves(route, { method, path: address }) {
  const [verb, pattern] = route.split(' ');
  const shape = pattern.split(/\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^/]+');
  // An endpoint that ends in a slash puts a second one before the path.
  return (verb === 'ANY' || verb === method) && new RegExp(`^${shape.replace(/^\/\//, '/')}$`).test(address);
}

/** The routes under `rest` that no operation of the matrix stands for. */
export async function missing(rest, operations) {
  const folders = (await readdir(rest, { withFileTypes: true })).filter((entry) => entry.isDirectory() && !(entry.name in ELSEWHERE));
  const routes = [];
  for (const { name } of folders) for (const text of await sources(path.join(rest, name))) routes.push(...routesOf(text));
  if (routes.length < 20) throw new Error(`only ${routes.length} routes were found in ${rest}`);
  return routes.filter((route) => !operations.some((operation) => serves(route, operation)));
}
