// The few glyphs that the UI library would take from an icon font, as pictures of an icon set with an open licence.
import { registerIcons, setIconOptions } from '@fluentui/react';
import {
  Checkmark20Regular,
  CheckmarkCircle20Regular,
  ChevronDown20Regular,
  ChevronLeft20Regular,
  ChevronRight20Regular,
  ChevronUp20Regular,
  Dismiss20Regular,
  ErrorCircle20Regular,
  Info20Regular,
  MoreHorizontal20Regular,
  PersonAdd20Regular,
  PersonProhibited20Regular,
  Warning20Regular,
} from '@fluentui/react-icons';

export function registerOwnIcons(): void {
  // The library registers its own icons anew with every composite; that is no news for the console.
  setIconOptions({ disableWarnings: true });
  registerIcons({
    icons: {
      Accept: <Checkmark20Regular />,
      Cancel: <Dismiss20Regular />,
      CheckMark: <Checkmark20Regular />,
      ChevronDown: <ChevronDown20Regular />,
      ChevronLeft: <ChevronLeft20Regular />,
      ChevronRight: <ChevronRight20Regular />,
      ChevronUp: <ChevronUp20Regular />,
      Clear: <Dismiss20Regular />,
      Completed: <CheckmarkCircle20Regular />,
      ErrorBadge: <ErrorCircle20Regular />,
      Info: <Info20Regular />,
      More: <MoreHorizontal20Regular />,
      PeopleAdd: <PersonAdd20Regular />,
      PeopleBlock: <PersonProhibited20Regular />,
      Warning: <Warning20Regular />,
    },
  });
}
