// The one error class of the SDK, and a named factory for each refusal it can make by itself.
// The numbers are the ones apps already test for; the texts are ours.

export class CommunicationServicesError extends Error {
  readonly code: number;
  readonly subCode: number;

  constructor(code: number, subCode: number, message: string) {
    super(`${message} (code=${code}, subCode=${subCode})`);
    this.name = 'CommunicationServicesError';
    this.code = code;
    this.subCode = subCode;
  }
}

const make = (code: number, subCode: number, message: string): CommunicationServicesError =>
  new CommunicationServicesError(code, subCode, message);

export const errors = {
  // Tokens and agents.
  tokenScope: () => make(401, 44113, 'The token has neither the voip nor the voip.join scope'),
  tokenMalformed: () => make(401, 44114, 'The token could not be read'),
  tokenExpired: () => make(401, 40235, 'The token has expired'),
  tokenUnavailable: () => make(401, 40235, 'The token credential gave no token'),
  tokenForeign: () => make(400, 40233, 'The refreshed token belongs to another identity'),
  tokenRefused: () => make(401, 10009, 'The server refused the token'),
  notForCallAgent: () => make(403, 40229, 'This token belongs to an organisation member: create a TeamsCallAgent'),
  notForTeamsCallAgent: () => make(403, 40231, 'This token belongs to an external user: create a CallAgent'),
  agentExists: () => make(409, 40228, 'This client already has an agent for that identity'),
  agentDisposed: () => make(400, 40216, 'The agent has been disposed'),
  displayNameNotAllowed: () => make(400, 40214, 'The name of a member comes from the directory'),
  displayNameTooLong: () => make(400, 40215, 'The display name is longer than 256 characters'),
  endpointInsecure: () => make(400, 0, 'The server address of the token is neither https nor on this machine'),
  // Where to join.
  locatorInvalid: () => make(400, 40209, 'The locator names no meeting, group or room'),
  linkInvalid: () => make(400, 40210, 'The meeting link is not one'),
  linkPersonal: () => make(400, 40238, 'Meetings of personal accounts cannot be joined'),
  // Whom to ring.
  calleeInvalid: () => make(400, 10044, 'Not an identifier of somebody who can be called'),
  threadMissing: () => make(400, 40212, 'A call of several members needs the thread id of their chat'),
  threadNotAllowed: () => make(400, 40213, 'A call between two takes no thread id'),
  addNeedsThread: () => make(400, 41055, 'Adding a member needs the thread id of the chat'),
  // Features and capabilities.
  notCapable: (what: string) => make(405, 0, `${what} is not available on this server`),
  restricted: (what: string) => make(403, 0, `${what} is not allowed for your role in this call`),
  featureForbidden: (what: string) => make(403, 45802, `${what} is forbidden by policy`),
  callEnded: () => make(400, 0, 'The call has ended'),
  notConnected: () => make(412, 0, 'The call is not connected'),
  // Devices.
  permissionDenied: () => make(400, 40613, 'Permission to use the device was denied'),
  speakersNotEnumerable: () => make(405, 40606, 'This browser does not list speakers'),
  insecurePage: () => make(412, 0, 'The page is not a secure context: browsers give it no camera and no microphone'),
  deviceUnknown: () => make(400, 40612, 'No such device'),
  cameraInUse: () => make(412, 43000, 'The camera is in use by another application'),
  cameraDenied: () => make(403, 43001, 'Permission to use the camera was denied'),
  cameraMissing: () => make(412, 43013, 'No camera was found'),
  microphoneFailed: () => make(412, 41014, 'The microphone could not be started'),
  // Video and sharing.
  videoArgument: () => make(400, 41025, 'startVideo and stopVideo take a LocalVideoStream'),
  videoAlreadyOn: () => make(400, 41027, 'Video is already on'),
  videoAlreadyOff: () => make(400, 41030, 'Video is already off'),
  shareAlreadyOn: () => make(400, 41035, 'Screen sharing is already on'),
  shareAlreadyOff: () => make(400, 41041, 'Screen sharing is already off'),
  shareNotConnected: () => make(412, 41071, 'Screen sharing needs a connected call'),
  shareDenied: () => make(403, 41057, 'Permission to share the screen was denied'),
  shareUnsupported: () => make(405, 41058, 'This browser cannot share a screen'),
  // Rendering.
  streamNotAvailable: () => make(412, 43200, 'The remote video stream is not available'),
  rendererDisposed: () => make(405, 43209, 'The renderer was disposed while the view was being created'),
  tooManyViews: () => make(400, 43220, 'The renderer already has a view'),
  // Participants.
  participantUnknown: () => make(400, 41804, 'No such participant'),
  // What people pass on.
  textTooLong: () => make(400, 0, 'Real-time text is at most 2,000 characters'),
  dataTooLong: () => make(400, 0, 'A data message is a Uint8Array of at most 32,768 bytes'),
  channelInvalid: () => make(400, 0, 'channelId is a whole number from 0 to 4,294,967,295'),
  channelClosed: () => make(412, 0, 'The data channel has been closed'),
  surveyInvalid: () => make(400, 0, 'A survey has at least one rating, each with a score within its scale'),
  // Session.
  tooManyRequests: () => make(429, 0, 'Too many requests are waiting for the server'),
  connectionLost: () => make(490, 4502, 'The connection to the server was lost'),
  signallingTimeout: () => make(496, 7, 'The server could not be reached'),
  internal: () => make(500, 0, 'Something went wrong inside the SDK'),
} as const;

/** Anything that was thrown, as our error class; what already is one stays itself. */
export function asError(thrown: unknown, fallback: () => CommunicationServicesError): CommunicationServicesError {
  return thrown instanceof CommunicationServicesError ? thrown : fallback();
}
