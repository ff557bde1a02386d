// Puts the picture of one stream, local or remote, into the page.
import { type LocalVideoStream, type RemoteVideoStream, VideoStreamRenderer } from '@parvis/calling';
import { useEffect, useRef } from 'react';

interface Props {
  stream: LocalVideoStream | RemoteVideoStream;
  fit?: 'Crop' | 'Fit';
  mirrored?: boolean;
}

export function VideoView({ stream, fit = 'Crop', mirrored = false }: Props): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const renderer = new VideoStreamRenderer(stream);
    let gone = false;
    renderer
      .createView({ scalingMode: fit, isMirrored: mirrored })
      .then((view) => {
        if (gone) view.dispose();
        else frame.current?.replaceChildren(view.target);
      })
      // A stream that ended before its first picture leaves the tile's initials in sight.
      .catch(() => undefined);
    const shown = frame.current;
    return () => {
      gone = true;
      shown?.replaceChildren();
      renderer.dispose();
    };
  }, [stream, fit, mirrored]);
  return <div ref={frame} className="video-view" />;
}
