// Every public type, one door.
export * from './agent';
export * from './call';
export * from './vocabulary';
export * from './devices';
export * from './features';
export * from './more_features';
export * from './streams';
