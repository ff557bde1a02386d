// Bundles the package in the current folder: ESM, CommonJS and one declaration file; prints the sizes.
import { build } from 'esbuild';
import { existsSync, copyFileSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { rollup } from 'rollup';
import dts from 'rollup-plugin-dts';

const GZIP_BYTES_MAX = 60 * 1024;

if (process.argv.includes('--if-missing') && existsSync('dist/index.d.cts')) process.exit(0);

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const common = {
  entryPoints: ['src/index.ts'],
  bundle: true,
  target: 'es2020',
  sourcemap: true,
  // Names of classes are part of what apps see in their consoles and error reports.
  keepNames: false,
  legalComments: 'none',
  external: ['@azure/*'],
  define: { __SDK_VERSION__: JSON.stringify(version) },
};
await build({ ...common, format: 'esm', outfile: 'dist/index.js' });
await build({ ...common, format: 'cjs', outfile: 'dist/index.cjs' });

const bundle = await rollup({ input: 'src/index.ts', plugins: [dts({ tsconfig: 'tsconfig.json' })], external: [/^@azure\//] });
await bundle.write({ file: 'dist/index.d.ts', format: 'es' });
await bundle.close();
copyFileSync('dist/index.d.ts', 'dist/index.d.cts');

const min = await build({ ...common, format: 'esm', minify: true, write: false, sourcemap: false });
const gzipBytes = gzipSync(min.outputFiles[0].contents, { level: 9 }).length;
console.log(`minified ${min.outputFiles[0].contents.length} bytes, gzip ${gzipBytes} bytes (limit ${GZIP_BYTES_MAX})`);
if (gzipBytes > GZIP_BYTES_MAX) {
  console.error('the package has outgrown its size limit');
  process.exit(1);
}
