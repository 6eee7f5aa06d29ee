-- Whether the period was closed when the event came; written once, like the rest of it.
alter table usage_events add column late boolean not null default false;
