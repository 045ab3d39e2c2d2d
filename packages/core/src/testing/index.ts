/** For authors of plugins: what is needed to test one without machines. */
export * from './cluster-image.js';
export * from './container-image.js';
export * from './fake-host.js';
export * from './plan-plugin.js';
export * from './temporary-directory.js';
