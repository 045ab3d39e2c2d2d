/** Instructions and flags of Dockerfiles that a cluster image has no use for: what each is, and what to write instead. */

export const otherInstructions: Readonly<Record<string, string>> = {
  WORKDIR:
    'it sets the working folder, and a cluster image has none; write whole paths as targets, and `cd DIR && ...` in RUN, CMD and CMDS',
  USER: 'it sets the user of a container, and a cluster image is no container; RUN works as root (there, `su USER -c ...`), COPY gives files an owner by --chown',
  EXPOSE:
    'it names ports of a container, and a cluster image is no container; say it in the manifests of the application',
  VOLUME:
    'it names volumes of a container, and a cluster image is no container; say it in the manifests of the application',
  ENTRYPOINT:
    'it is what a container starts, and a cluster image is no container; LAUNCH names what `sealer run` installs, CMDS what it executes',
  HEALTHCHECK:
    'it watches a container, and a cluster image is no container; write probes into the manifests of the application',
  SHELL: 'it chooses the shell, and here it is always /bin/sh; write RUN ["/bin/bash", "-c", "..."] for another',
  STOPSIGNAL: 'it ends a container, and a cluster image is no container; say it in the manifests of the application',
  ONBUILD:
    'it is kept for images that start from this one, which is not carried out; write the instruction into their Kubefiles',
  CROSS_BUILD: 'it is of another builder; `sealer build --platform` builds for other architectures',
};

const copyFlags: Readonly<Record<string, string>> = {
  from: 'it copies from a build stage or another image, and a cluster image has one stage; put the files into the build context, or start FROM that image',
  link: 'it makes a layer that does not look at what lies below, and sealer looks at it always; leave the flag out',
  parents: 'it keeps the folders of the source; write them into the target: `COPY a/b/c /x/a/b/`',
  exclude: 'it leaves files out; name them in .sealerignore',
};

/** By keyword, then by flag. */
export const otherFlags: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  COPY: {
    ...copyFlags,
    checksum: 'it checks what ADD fetches from a URL; leave it out',
    unpack: 'COPY never unpacks; use ADD, or leave the flag out',
  },
  ADD: {
    ...copyFlags,
    'keep-git-dir':
      'it is for git repositories, which are not fetched; put the files into the build context, or ADD an archive by its URL with --checksum and --unpack',
  },
  RUN: {
    security: 'it loosens the sandbox of RUN, which sealer does not; leave the flag out',
    device: 'it gives RUN a device, which sealer does not; leave the flag out',
  },
  APP: {
    chown: 'files of applications belong to root; leave the flag out',
    chmod: 'files of applications have 644 or 755; leave the flag out',
  },
};
