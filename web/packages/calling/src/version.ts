// Filled in by the build from package.json.
declare const __SDK_VERSION__: string | undefined;
export const SDK_VERSION: string = typeof __SDK_VERSION__ === 'string' ? __SDK_VERSION__ : '0.0.0';
