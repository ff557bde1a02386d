// The public methods of the installed packages, read from their own declarations by the TypeScript compiler: of exported
// classes the constructors, methods and paging iterators, event by event where a method takes an event's name; and the
// exported functions. What the declarations promise and the package does not export when it runs is left out.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';

/** The packages whose methods the ledger lists; the rest of package.json is there for the tests. */
export const PACKAGES = [
  '@azure/communication-identity',
  '@azure/communication-chat',
  '@azure/communication-common',
  '@azure/communication-rooms',
  '@azure/communication-call-automation',
  '@azure/communication-phone-numbers',
];
const OPTIONS = {
  noLib: true,
  types: [],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  skipLibCheck: true,
};

/** `{ package: { version, exports, methods } }` of the packages installed in `folder`. */
export async function surfaceOf(folder) {
  const entries = PACKAGES.map((name) => ({ name, root: path.join(folder, 'node_modules', name) }));
  for (const entry of entries) {
    entry.about = JSON.parse(readFileSync(path.join(entry.root, 'package.json'), 'utf8'));
    entry.types = path.join(entry.root, declarations(entry.about));
  }
  const program = ts.createProgram(entries.map(({ types }) => types), OPTIONS);
  const surface = {};
  for (const { name, about, types } of entries) {
    const real = await import(pathToFileURL(createRequire(path.join(folder, 'package.json')).resolve(name)).href);
    const exports = Object.keys(real).filter((key) => key !== 'default' && key !== '__esModule' && key !== 'module.exports');
    const methods = exportedMethods(program, types).filter(({ owner }) => exports.includes(owner));
    const unseen = exports.filter((key) => typeof real[key] === 'function' && !methods.some(({ owner }) => owner === key));
    if (unseen.length > 0) throw new Error(`${name} exports what its declarations do not show: ${unseen}`);
    surface[name] = { version: about.version, exports, methods };
  }
  return surface;
}

function declarations(about) {
  return about.exports?.['.']?.import?.types ?? about.types ?? about.typings;
}

function exportedMethods(program, file) {
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(file));
  const methods = [];
  for (const exported of checker.getExportsOfModule(module)) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    for (const declaration of symbol.declarations ?? []) {
      if (ts.isClassDeclaration(declaration)) methods.push(...ofClass(exported.name, declaration));
      const isFunction = ts.isFunctionDeclaration(declaration) || (ts.isVariableDeclaration(declaration) && declaration.type && ts.isFunctionTypeNode(declaration.type));
      if (isFunction) methods.push({ key: `${exported.name}()`, owner: exported.name, kind: 'function' });
    }
  }
  const seen = new Set();
  return methods.filter(({ key }) => !seen.has(key) && seen.add(key));
}

function ofClass(owner, declaration) {
  return declaration.members.flatMap((member) => {
    const hidden = ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected);
    if (hidden || member.name?.kind === ts.SyntaxKind.PrivateIdentifier) return [];
    if (ts.isConstructorDeclaration(member)) return [{ key: `new ${owner}(${credentialOf(member)})`, owner, kind: 'constructor' }];
    const callable = ts.isMethodDeclaration(member) || ts.isMethodSignature(member) || (ts.isPropertyDeclaration(member) && member.type && ts.isFunctionTypeNode(member.type));
    return callable ? ofMethod(owner, member) : [];
  });
}

function ofMethod(owner, member) {
  const name = member.name.getText();
  const isStatic = Boolean(ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Static);
  const row = { key: `${owner}.${name}`, owner, name, kind: isStatic ? 'static' : 'method' };
  const first = member.parameters[0]?.type;
  if (first && ts.isLiteralTypeNode(first) && ts.isStringLiteral(first.literal)) {
    return [{ ...row, key: `${owner}.${name}('${first.literal.text}')`, event: first.literal.text }];
  }
  const pages = member.type?.getText().startsWith('PagedAsyncIterableIterator');
  return pages ? [row, { ...row, key: `${row.key}().byPage`, kind: 'pages' }] : [row];
}

/** Constructors differ by what they take as proof: the word that the recorder finds for the arguments as well. */
function credentialOf(constructor) {
  const types = constructor.parameters.map((parameter) => parameter.type?.getText() ?? '');
  if (types.some((type) => /\bKeyCredential\b/.test(type))) return 'endpoint, key';
  if (types.some((type) => /TokenCredential\b/.test(type))) return 'endpoint, token credential';
  if (constructor.parameters[0]?.name.getText() === 'connectionString') return 'connection string';
  if (types[0]?.startsWith('Entra')) return 'directory options';
  return types[0]?.endsWith('Options') ? 'options' : 'token';
}
