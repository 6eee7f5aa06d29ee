/** Goal: a connection that ends with its answer is told from one that goes on. Method: heads as servers send them. */
import { expect, it } from 'vitest'
import { announcesClose } from './announced-close.ts'

it.each([
  ['gunicorn with sync workers', 'HTTP/1.1 200 OK\r\nServer: gunicorn\r\nConnection: close\r\n\r\nok', true],
  ['one option of several', 'HTTP/1.1 200 OK\r\nconnection: Foo, Close\r\nA: b\r\n\r\n', true],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', true],
  ['HTTP/1.0 with keep-alive', 'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n\r\n', false],
  ['HTTP/1.1', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', false],
  ['HTTP/1.1 with keep-alive', 'HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n', false],
  ['another header', 'HTTP/1.1 200 OK\r\nX-Connection: close\r\n\r\n', false],
  ['what stands in the body', 'HTTP/1.1 200 OK\r\nA: b\r\n\r\nConnection: close\r\n\r\n', false],
  [
    'an informational answer before it',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\n\r\n',
    true,
  ],
  ['half a head', 'HTTP/1.1 200 OK\r\nConnection: close\r\n', false],
  ['nothing', '', false],
] as const)('%s', (_name, received, announced) => {
  expect(announcesClose(received)).toBe(announced)
})
