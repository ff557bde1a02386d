// Media streams and how they are drawn and heard.
import type { PropertyChangedEvent } from './vocabulary';
import type { AudioDeviceInfo, VideoDeviceInfo } from './devices';

export type MediaStreamType = 'Video' | 'ScreenSharing' | 'RawMedia' | 'LiveStream' | 'Audio';
export type ScalingMode = 'Stretch' | 'Crop' | 'Fit';

export interface StreamSize {
  readonly width: number;
  readonly height: number;
}

export interface CreateViewOptions {
  isMirrored?: boolean;
  scalingMode?: ScalingMode;
}

export interface VideoStreamRendererView {
  readonly target: HTMLElement;
  readonly scalingMode: ScalingMode;
  readonly isMirrored: boolean;
  updateScalingMode(scalingMode: ScalingMode): Promise<void>;
  dispose(): void;
}

export interface VideoStreamRendererOptions {
  /** Dispose the renderer when the call that owns the stream ends. */
  autoDisposeOnCallEnd?: boolean;
}

export interface RemoteVideoStream {
  readonly id: number;
  readonly mediaStreamType: MediaStreamType;
  readonly isAvailable: boolean;
  readonly isReceiving: boolean;
  readonly size: StreamSize;
  readonly tsParticipantId?: string;
  getMediaStream(): Promise<MediaStream>;
  on(event: 'isAvailableChanged', listener: PropertyChangedEvent): void;
  on(event: 'isReceivingChanged', listener: PropertyChangedEvent): void;
  on(event: 'sizeChanged', listener: PropertyChangedEvent): void;
  off(event: 'isAvailableChanged', listener: PropertyChangedEvent): void;
  off(event: 'isReceivingChanged', listener: PropertyChangedEvent): void;
  off(event: 'sizeChanged', listener: PropertyChangedEvent): void;
}

export interface Volume {
  /** 0 to 100. */
  readonly level: number;
  on(event: 'levelChanged', listener: PropertyChangedEvent): void;
  off(event: 'levelChanged', listener: PropertyChangedEvent): void;
}

export interface RemoteAudioStream {
  readonly mediaStreamType: MediaStreamType;
  getMediaStream(): Promise<MediaStream>;
  getVolume(): Promise<Volume>;
}

export type LocalVideoSource = VideoDeviceInfo | MediaStream;
export type LocalAudioSource = AudioDeviceInfo | MediaStream;

export interface VideoConstraints {
  send?: VideoSendConstraints;
}

export interface VideoSendConstraints {
  bitrate?: { max?: number };
  frameHeight?: { max?: number };
  frameRate?: { max?: number };
}

export interface MediaConstraints {
  video?: VideoConstraints;
}
