// Facts of a call. A class with own properties: consumers freeze plain objects before the thread id is known,
// and lose prototype getters when they spread it.
import { Emitter } from './emitter';
import type { CallInfo, TeamsCallInfo } from './types/call';
import type { PropertyChangedEvent } from './types/vocabulary';
import type { JoinReply } from './wire';

export class CallFacts implements CallInfo, TeamsCallInfo {
  participantId = '';
  threadId: string | undefined = undefined;
  groupId: string | undefined = undefined;
  meetingSubject: string | undefined = undefined;
  roomId: string | undefined = undefined;
  readonly getServerCallId: () => Promise<string>;
  readonly getConversationUrl: () => Promise<string>;
  readonly onCallInfoChanged: (event: 'callInfoChanged', listener: PropertyChangedEvent) => void;
  readonly offCallInfoChanged: (event: 'callInfoChanged', listener: PropertyChangedEvent) => void;
  /** Used by the call; not part of the public surface. */
  readonly update: (facts: Partial<Pick<JoinReply, 'participantId' | 'threadId' | 'groupId' | 'roomId' | 'callId' | 'meetingSubject'>>) => void;

  constructor() {
    const emitter = new Emitter();
    const waiting: ((callId: string) => void)[] = [];
    let callId = '';
    this.getServerCallId = () => (callId ? Promise.resolve(callId) : new Promise((resolve) => waiting.push(resolve)));
    this.getConversationUrl = async () => '';
    this.onCallInfoChanged = (event, listener) => emitter.on(event, listener);
    this.offCallInfoChanged = (event, listener) => emitter.off(event, listener);
    this.update = (facts) => {
      if (facts.participantId) this.participantId = facts.participantId;
      if (facts.groupId) this.groupId = facts.groupId;
      if (facts.roomId) this.roomId = facts.roomId;
      if (facts.meetingSubject) this.meetingSubject = facts.meetingSubject;
      const hasNewThread = facts.threadId !== undefined && facts.threadId !== this.threadId;
      if (hasNewThread) this.threadId = facts.threadId;
      if (facts.callId) callId = facts.callId;
      if (callId) for (const resolve of waiting.splice(0)) resolve(callId);
      if (hasNewThread) emitter.emit('callInfoChanged');
    };
  }
}
