/** Images that a container's command and arguments name: `--acme-http01-solver-image=...`, `-image X`, `--reloader=X`. */
import { couldBeImage, hasVersion, isCertainlyImage, isComposedName } from './found-image.js';
import { words } from './image-settings.js';

export interface ImageInWord {
  image: string;
  unversioned?: boolean;
}

/** Images in the words of one argument. @param before the argument before it, which may be a flag that waits for its value */
export function imagesInArgument(text: string, before = ''): ImageInWord[] {
  const found: ImageInWord[] = [];
  let flag = before.includes('=') || /\s/.test(before) ? '' : before;
  for (const word of text.split(/[\s"'`;|()]+/)) {
    const equals = /^(-{0,2}[\w.-]+)=(.*)$/s.exec(word);
    const name = equals?.[1] ?? (isFlag(flag) ? flag : '');
    for (const value of (equals?.[2] ?? word).split(',')) {
      const image = value.replace(/^docker:\/\//, '');
      if (isCertainlyImage(image)) found.push({ image });
      else if (isImageFlag(name) && couldBeImage(image) && isComposedName(image))
        found.push({ image, ...(/base.?image/i.test(name) && !hasVersion(image) ? { unversioned: true } : {}) });
    }
    flag = word;
  }
  return found;
}

function isFlag(word: string): boolean {
  return /^--?[A-Za-z]/.test(word);
}

/** Not `--image-pull-policy` and the like. */
function isImageFlag(name: string): boolean {
  const text = words(name.replace(/^-+/, ''));
  return /(^|_)images?$/.test(text) || /(^|_)image_(name|ref|reference|url)$/.test(text);
}
