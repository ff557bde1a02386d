// The clinic's colours for the composite.
import type { PartialTheme } from '@fluentui/react';

export const clinicTheme: PartialTheme = {
  defaultFontStyle: { fontFamily: 'inherit' },
  palette: {
    themePrimary: '#1d4477',
    themeLighterAlt: '#f4f7fb',
    themeLighter: '#d6e2f0',
    themeLight: '#b4cae3',
    themeTertiary: '#7498c4',
    themeSecondary: '#38619a',
    themeDarkAlt: '#1a3d6b',
    themeDark: '#16345a',
    themeDarker: '#102642',
  },
};
