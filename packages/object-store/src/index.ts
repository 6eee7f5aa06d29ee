export {
  type FetchedObject,
  ObjectClient,
  ObjectClientError,
  type ObjectClientOptions,
  type ObjectToPut,
} from './object-client.ts'
export { type ObjectStore, type ObjectStoreEvent, type ObjectStoreOptions, startObjectStore } from './object-store.ts'
