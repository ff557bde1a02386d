// The package's public surface.
export { CallClient } from './client';
export { Features } from './features/factories';
export { LocalAudioStream } from './local_audio';
export { LocalVideoStream, WbLocalVideoStream } from './local_video';
export { VideoStreamRenderer } from './renderer';
export { CommunicationServicesError } from './errors';
export { disconnectCategoryMap } from './end_reasons';
export * from './types/index';
