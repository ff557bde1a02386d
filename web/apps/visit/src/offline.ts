// Keeps the UI library on our own origin: no icon font and no web font of other hosts. Imported before everything else.
import type {} from '@fluentui/react';

window.FabricConfig = { fontBaseUrl: '', iconBaseUrl: '/visit/' };
