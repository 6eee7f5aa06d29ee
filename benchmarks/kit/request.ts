/** What is asked of every server: a browser's request from an allowed origin, with an id and no trace. */
export const REQUEST = [
  'GET /things/abc HTTP/1.1',
  'host: 127.0.0.1',
  'accept: application/json',
  'user-agent: closed-loop',
  'origin: https://app.example.test',
  'x-request-id: 0f6d1c2b-3a4d-4ef1-9f0a-7f9c24e83b12',
  '',
  '',
].join('\r\n')
