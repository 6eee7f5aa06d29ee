export {
  createOutbox,
  type Outbox,
  OutboxError,
  type OutboxMessage,
  type OutboxOptions,
  outboxSchemaSql,
} from './outbox.ts'
export { type OutboxStats } from './outbox-table.ts'
export {
  createOutboxRelay,
  type OutboxDelivery,
  type OutboxEvent,
  type OutboxRelay,
  type OutboxRelayOptions,
  PoisonMessageError,
  PublisherUnavailable,
} from './relay.ts'
