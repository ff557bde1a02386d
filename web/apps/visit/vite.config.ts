// The build of the visit page.
import { defineConfig } from 'vite';
import { pageBuild } from '../vite.base';

export default defineConfig(pageBuild('/visit/'));
