// The build of the join page.
import { defineConfig } from 'vite';
import { pageBuild } from '../vite.base';

export default defineConfig(pageBuild('/join/'));
