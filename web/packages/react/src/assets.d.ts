// Files that the bundler turns into addresses of our own origin.
declare module '*.wav' {
  const address: string;
  export default address;
}
declare module '*.svg' {
  const address: string;
  export default address;
}
declare module '*.css';
