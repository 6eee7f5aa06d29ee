export { type ObjectStore, type ObjectStoreEvent, type ObjectStoreOptions, startObjectStore } from './object-store.ts'
