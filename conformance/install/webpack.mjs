// Runs webpack without its separate command-line package: reads webpack.config.cjs of this folder and fails on any error.
import { createRequire } from 'node:module';
import path from 'node:path';
import webpack from 'webpack';

const config = createRequire(import.meta.url)(path.resolve('webpack.config.cjs'));
webpack({ mode: 'production', entry: './src/index.js', output: { path: path.resolve('dist') }, ...config }, (error, stats) => {
  if (error || stats.hasErrors()) {
    console.error(error ?? stats.toString('errors-only'));
    process.exit(1);
  }
});
