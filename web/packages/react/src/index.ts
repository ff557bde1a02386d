// What the apps take from here.
export { type Engine, startEngine } from './call/engine';
export { type Ending, type EndingKind, endingOf, endingOfError } from './call/ending';
export { type JoinChoice, Meeting, type MeetingLocator, type MeetingState, type Seat } from './call/meeting';
export { Preview } from './call/preview';
export { Conversation } from './chat/conversation';
export { Announcer, useAnnounce } from './components/Announcer';
export { Brand, Mark } from './components/Brand';
export { Dialog } from './components/Dialog';
export { EndPage } from './components/EndPage';
export { Icon, type IconName } from './components/Icon';
export { MeetingView } from './components/MeetingView';
export { Page } from './components/Page';
export { PreJoin } from './components/PreJoin';
export { Store } from './store';
export { type Arrival, type Session, useMeeting } from './useMeeting';
export { useStore } from './useStore';
