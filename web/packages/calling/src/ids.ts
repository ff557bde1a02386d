// Raw ids and identifier objects, both ways. The grammar is that of `@azure/communication-common`, which we use for types only.
import type { CommunicationIdentifier, CommunicationIdentifierKind } from '@azure/communication-common';

type TeamsCloud = 'public' | 'dod' | 'gcch';

const TEAMS_USER_PREFIXES: [string, TeamsCloud, boolean][] = [
  ['8:teamsvisitor:', 'public', true],
  ['8:orgid:', 'public', false],
  ['8:dod:', 'dod', false],
  ['8:gcch:', 'gcch', false],
];
const ACS_PREFIXES = ['8:acs:', '8:spool:', '8:dod-acs:', '8:gcch-acs:'];

export function identifierOf(rawId: string): CommunicationIdentifierKind {
  if (rawId.startsWith('4:')) return { kind: 'phoneNumber', phoneNumber: rawId.slice(2), rawId };
  if (rawId.startsWith('28:') && rawId.split(':').length === 3) return appIdentifier(rawId);
  if (rawId.split(':').length === 3) {
    for (const [prefix, cloud, isAnonymous] of TEAMS_USER_PREFIXES) {
      if (!rawId.startsWith(prefix)) continue;
      return { kind: 'microsoftTeamsUser', microsoftTeamsUserId: rawId.slice(prefix.length), isAnonymous, cloud, rawId };
    }
    if (ACS_PREFIXES.some((prefix) => rawId.startsWith(prefix))) return { kind: 'communicationUser', communicationUserId: rawId };
  }
  return { kind: 'unknown', id: rawId };
}

function appIdentifier(rawId: string): CommunicationIdentifierKind {
  const clouds: [string, TeamsCloud][] = [['28:orgid:', 'public'], ['28:dod:', 'dod'], ['28:gcch:', 'gcch']];
  for (const [prefix, cloud] of clouds) {
    if (rawId.startsWith(prefix)) return { kind: 'microsoftTeamsApp', teamsAppId: rawId.slice(prefix.length), cloud };
  }
  return { kind: 'unknown', id: rawId };
}

/** The raw id of any identifier object, or of a plain raw id; undefined when it is neither. */
export function rawIdOf(identifier: CommunicationIdentifier | string | undefined | null): string | undefined {
  if (typeof identifier === 'string') return identifier;
  if (typeof identifier !== 'object' || identifier === null) return undefined;
  const fields = identifier as unknown as Record<string, unknown>;
  const text = (name: string): string | undefined => (typeof fields[name] === 'string' ? (fields[name] as string) : undefined);
  const cloudOf = (name: string): string => {
    const cloud = text(name) ?? 'public';
    return cloud === 'public' ? 'orgid' : cloud;
  };
  if (text('communicationUserId')) return text('communicationUserId');
  if (text('rawId')) return text('rawId');
  if (text('microsoftTeamsUserId')) {
    return `8:${fields['isAnonymous'] ? 'teamsvisitor' : cloudOf('cloud')}:${text('microsoftTeamsUserId')}`;
  }
  if (text('teamsAppId')) return `28:${cloudOf('cloud')}:${text('teamsAppId')}`;
  if (text('phoneNumber')) return `4:${text('phoneNumber')}`;
  return text('id');
}

export function newUuid(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  // Pages on plain http (development, not loopback) lack randomUUID but have getRandomValues.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
