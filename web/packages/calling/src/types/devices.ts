// Cameras, microphones, speakers and the manager that lists and selects them.
import type { CollectionUpdatedEvent, PropertyChangedEvent } from './vocabulary';

export type VideoDeviceType = 'Unknown' | 'UsbCamera' | 'CaptureAdapter' | 'Virtual' | 'ScreenSharing';
export type AudioDeviceType = 'Microphone' | 'Speaker' | 'CompositeAudioDevice' | 'Virtual';

export interface VideoDeviceInfo {
  readonly id: string;
  readonly name: string;
  readonly deviceType: VideoDeviceType;
}

export interface AudioDeviceInfo {
  readonly id: string;
  readonly name: string;
  readonly isSystemDefault: boolean;
  readonly deviceType: AudioDeviceType;
}

export interface PermissionConstraints {
  audio: boolean;
  video: boolean;
}

export interface DeviceAccess {
  readonly audio: boolean;
  readonly video: boolean;
}

export interface DeviceManager {
  readonly isSpeakerSelectionAvailable: boolean;
  readonly selectedMicrophone?: AudioDeviceInfo;
  readonly selectedSpeaker?: AudioDeviceInfo;
  getCameras(): Promise<VideoDeviceInfo[]>;
  getMicrophones(): Promise<AudioDeviceInfo[]>;
  getSpeakers(): Promise<AudioDeviceInfo[]>;
  selectMicrophone(microphone: AudioDeviceInfo): Promise<void>;
  selectSpeaker(speaker: AudioDeviceInfo): Promise<void>;
  askDevicePermission(constraints: PermissionConstraints): Promise<DeviceAccess>;
  startPreheatDevices(): void;
  stopPreheatDevices(): void;
  on(event: 'videoDevicesUpdated', listener: CollectionUpdatedEvent<VideoDeviceInfo>): void;
  on(event: 'audioDevicesUpdated', listener: CollectionUpdatedEvent<AudioDeviceInfo>): void;
  on(event: 'selectedMicrophoneChanged', listener: PropertyChangedEvent): void;
  on(event: 'selectedSpeakerChanged', listener: PropertyChangedEvent): void;
  off(event: 'videoDevicesUpdated', listener: CollectionUpdatedEvent<VideoDeviceInfo>): void;
  off(event: 'audioDevicesUpdated', listener: CollectionUpdatedEvent<AudioDeviceInfo>): void;
  off(event: 'selectedMicrophoneChanged', listener: PropertyChangedEvent): void;
  off(event: 'selectedSpeakerChanged', listener: PropertyChangedEvent): void;
}
