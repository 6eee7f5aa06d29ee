import type { FactName } from '@greengate/contracts'

/** Facts that are known by the packages a service uses. */
export type PackageFact = Extract<
  FactName,
  | 'database'
  | 'cache'
  | 'queue'
  | 'upstream'
  | 'http'
  | 'openapi'
  | 'sign-in'
  | 'browser-client'
  | 'metrics'
  | 'third-party-credential'
>

/** npm packages, exact names or with `*` at the end, by what their use means. */
export const NODE_PACKAGES: Readonly<Record<PackageFact, readonly string[]>> = {
  database: ['pg', 'pg-promise', 'postgres', 'mysql', 'mysql2', 'mariadb', 'mongodb', 'mongoose', '@prisma/client', 'typeorm', 'sequelize', 'knex', 'kysely', 'drizzle-orm', 'better-sqlite3', 'sqlite3', 'node:sqlite', 'mssql', 'oracledb', 'cassandra-driver', '@aws-sdk/client-dynamodb', 'db-migrate', 'objection', '@mikro-orm/*', 'neo4j-driver', 'slonik', '@neondatabase/serverless', '@supabase/supabase-js', 'firebase-admin', 'couchbase', 'nano', 'level', 'lmdb', 'nedb'],
  cache: ['redis', 'ioredis', 'memcached', 'memjs', 'keyv', '@keyv/redis', 'cache-manager', '@upstash/redis', 'iovalkey', 'valkey-glide', 'connect-redis'],
  queue: ['pg-boss', 'bull', 'bullmq', 'amqplib', 'amqp-connection-manager', 'kafkajs', 'node-rdkafka', '@confluentinc/*', '@platformatic/kafka', '@aws-sdk/client-sqs', '@aws-sdk/client-kinesis', 'sqs-consumer', '@google-cloud/pubsub', '@azure/service-bus', 'nats', '@nats-io/*', 'mqtt', 'graphile-worker', 'bee-queue', 'agenda', '@temporalio/*', 'rhea', 'stompit'],
  upstream: ['axios', 'got', 'node-fetch', 'undici', 'superagent', 'ky', 'request', 'needle', 'phin', 'wretch', 'ofetch', 'make-fetch-happen', '@grpc/grpc-js', 'soap', 'graphql-request', 'openid-client', 'stripe', 'openai', '@anthropic-ai/sdk', 'twilio', '@sendgrid/mail', 'nodemailer', '@slack/*', '@octokit/*', 'octokit', 'googleapis', '@aws-sdk/*', 'aws-sdk', '@google-cloud/*', '@azure/*', 'minio', 'firebase-admin', 'algoliasearch', '@elastic/elasticsearch', 'mailgun.js', 'postmark', 'resend', 'web-push', 'ldapjs', 'launchdarkly-node-server-sdk', '@sentry/node'],
  http: ['express', 'fastify', 'koa', 'hono', '@hono/*', '@hapi/hapi', 'restify', 'polka', 'micro', 'h3', 'nitropack', 'elysia', '@nestjs/core', 'next', 'nuxt', '@remix-run/*', '@sveltejs/kit', 'astro', 'connect', 'apollo-server', '@apollo/server', 'graphql-yoga', 'socket.io', 'ws', 'uWebSockets.js', '@feathersjs/*', '@loopback/*', '@adonisjs/*', 'sails', 'node:http', 'node:https', 'node:http2', 'http', 'https', 'http2'],
  openapi: ['@fastify/swagger', 'fastify-swagger', 'swagger-jsdoc', 'swagger-ui-express', '@nestjs/swagger', 'express-openapi', 'express-openapi-validator', 'tsoa', '@hono/zod-openapi', '@hono/swagger-ui', 'koa2-swagger-ui', 'openapi-backend', '@asteasolutions/zod-to-openapi', 'zod-openapi', 'hapi-swagger', '@wesleytodd/openapi'],
  'sign-in': ['passport', 'passport-*', '@fastify/passport', '@nestjs/passport', 'better-auth', 'next-auth', '@auth/*', 'lucia', 'argon2', '@node-rs/argon2', 'bcrypt', 'bcryptjs', '@node-rs/bcrypt', 'openid-client', 'oidc-provider', '@node-saml/*', 'express-session', '@fastify/session', '@fastify/secure-session', 'cookie-session', 'iron-session', 'express-openid-connect', '@clerk/*', '@auth0/*', 'auth0', '@simplewebauthn/server', 'supertokens-node', 'keycloak-connect', 'ldapauth-fork', 'otplib'],
  'browser-client': ['react', 'react-dom', 'preact', 'vue', 'svelte', '@angular/core', 'solid-js', 'lit', 'next', 'nuxt', 'astro', '@sveltejs/kit', 'htmx.org', 'jquery', 'ejs', 'pug', 'handlebars', 'nunjucks', 'eta', '@fastify/static', '@fastify/view', 'serve-static', 'koa-static', '@nestjs/serve-static', 'vite'],
  metrics: ['prom-client', 'fastify-metrics', 'express-prom-bundle', '@willsoto/nestjs-prometheus', '@opentelemetry/sdk-metrics', '@opentelemetry/exporter-prometheus', '@opentelemetry/sdk-node', 'hot-shots', 'node-statsd', 'dd-trace', 'appmetrics', 'swagger-stats'],
  'third-party-credential': ['stripe', 'openai', '@anthropic-ai/sdk', 'twilio', '@sendgrid/mail', 'mailgun.js', 'postmark', 'resend', '@slack/*', '@octokit/*', 'octokit', 'googleapis', '@aws-sdk/*', 'aws-sdk', '@google-cloud/*', '@azure/*', 'minio', 'firebase-admin', 'algoliasearch', '@sentry/node', 'braintree', 'paypal-rest-sdk', '@paypal/*', 'square', 'plaid', 'nodemailer', '@clerk/*', 'auth0', 'launchdarkly-node-server-sdk', 'web-push'],
} // prettier-ignore

/** Python distributions and modules, lower case, `_` written as `-`. */
export const PYTHON_PACKAGES: Readonly<Record<PackageFact, readonly string[]>> = {
  database: ['psycopg', 'psycopg2', 'psycopg2-binary', 'psycopg-*', 'asyncpg', 'aiopg', 'sqlalchemy', 'sqlmodel', 'django', 'pymysql', 'mysqlclient', 'aiomysql', 'mysql-connector-python', 'pymongo', 'motor', 'beanie', 'sqlite3', 'aiosqlite', 'tortoise-orm', 'peewee', 'alembic', 'databases', 'cassandra-driver', 'boto3', 'neo4j', 'pyodbc', 'oracledb', 'piccolo', 'flask-sqlalchemy'],
  cache: ['redis', 'aioredis', 'valkey', 'pymemcache', 'pylibmc', 'python-memcached', 'django-redis', 'aiocache', 'flask-caching'],
  queue: ['celery', 'kombu', 'pika', 'aio-pika', 'kafka-python', 'confluent-kafka', 'aiokafka', 'faust', 'rq', 'dramatiq', 'huey', 'arq', 'nats-py', 'paho-mqtt', 'boto3', 'google-cloud-pubsub', 'azure-servicebus', 'temporalio', 'procrastinate'],
  upstream: ['requests', 'httpx', 'aiohttp', 'urllib3', 'urllib', 'urllib.request', 'http.client', 'grpcio', 'grpc', 'zeep', 'stripe', 'openai', 'anthropic', 'twilio', 'sendgrid', 'boto3', 'botocore', 'aioboto3', 'google-cloud-*', 'google-api-python-client', 'azure-*', 'slack-sdk', 'pygithub', 'elasticsearch', 'sentry-sdk', 'smtplib', 'minio', 'ldap3', 'authlib'],
  http: ['flask', 'fastapi', 'django', 'starlette', 'aiohttp', 'tornado', 'sanic', 'falcon', 'bottle', 'pyramid', 'litestar', 'quart', 'uvicorn', 'gunicorn', 'hypercorn', 'daphne', 'granian', 'waitress', 'cherrypy', 'robyn', 'http.server', 'wsgiref', 'blacksheep', 'grpcio', 'connexion'],
  openapi: ['fastapi', 'litestar', 'drf-spectacular', 'drf-yasg', 'connexion', 'apispec', 'flask-smorest', 'flasgger', 'flask-restx', 'apiflask', 'spectree', 'django-ninja', 'sanic-ext'],
  'sign-in': ['django', 'flask-login', 'flask-security', 'flask-security-too', 'fastapi-users', 'passlib', 'bcrypt', 'argon2-cffi', 'argon2', 'authlib', 'django-allauth', 'social-auth-app-django', 'python-jose', 'pysaml2', 'python3-saml', 'mozilla-django-oidc', 'webauthn', 'djoser', 'pwdlib', 'pyotp'],
  'browser-client': ['jinja2', 'mako', 'streamlit', 'dash', 'gradio', 'nicegui', 'reflex', 'whitenoise', 'django', 'flask-wtf', 'chameleon'],
  metrics: ['prometheus-client', 'prometheus-fastapi-instrumentator', 'starlette-exporter', 'starlette-prometheus', 'prometheus-flask-exporter', 'django-prometheus', 'opentelemetry-sdk', 'opentelemetry-exporter-prometheus', 'statsd', 'datadog', 'ddtrace', 'aioprometheus'],
  'third-party-credential': ['stripe', 'openai', 'anthropic', 'twilio', 'sendgrid', 'boto3', 'aioboto3', 'google-cloud-*', 'google-api-python-client', 'azure-*', 'slack-sdk', 'pygithub', 'sentry-sdk', 'minio', 'mailgun', 'braintree', 'plaid-python'],
} // prettier-ignore

/** Whether `name` is one of `known`. */
export function isKnown(name: string, known: readonly string[]): boolean {
  return known.some((entry) => (entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : entry === name))
}
