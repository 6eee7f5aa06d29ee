import { describe, expect, it } from 'vitest'
import { bodyLeaks, headerLeaks } from './leaks.ts'

describe('bodyLeaks', () => {
  // Goal: prose of error messages is no leak. Method: messages of sound services that hold the patterns' words.
  it.each([
    'Select an item from the list and try again at 10:30.',
    'You can update your profile, set a password, or delete it from the menu.',
    'Look at https://docs.example.com/errors/not_found.html for help.',
    'Cannot GET /opt/thing/file.js',
    'The version 2.0 of this API is required.',
    '<script src="/assets/js/app.js"></script>',
    '{"error":{"code":"TypeErrorCode","message":"A key error: the key is unknown."}}',
    '{"error":{"code":"validation_failed","message":"name: expected string at position 3"}}',
  ])('says nothing of %s', (text) => {
    expect(bodyLeaks(text, '/opt/thing/file.js')).toEqual([])
  })

  it.each([
    ['stack-trace', 'Error: x\n    at Object.<anonymous> (/app/server.js:10:5)'],
    ['stack-trace', '{"stack":"Error: x\\n    at next (/srv/a.js:1:2)"}'],
    ['stack-trace', 'Traceback (most recent call last):'],
    ['stack-trace', 'at com.acme.Api.handle(Api.java:42)'],
    ['stack-trace', 'goroutine 12 [running]:'],
    ['stack-trace', 'Fatal error: x in /var/www/a.php on line 12'],
    ['stack-trace', '   at Acme.Api.Get() in C:\\src\\Api.cs:line 12'],
    ['stack-trace', '{"detail":"TypeError: fetch failed"}'],
    ['stack-trace', "KeyError: 'name'"],
    ['sql', 'ERROR: syntax error at or near "FROM"'],
    ['sql', 'select "id" from "items" where "id" = $1'],
    ['file-path', 'cannot open /srv/service/config/secrets.yaml'],
    ['version', '<address>Apache/2.4.41 (Ubuntu)</address>'],
    ['internal-address', 'connect ECONNREFUSED 10.1.2.3:5432'],
  ])('finds %s in %s', (code, text) => {
    expect(bodyLeaks(text, '/').map((leak) => leak.code)).toContain(code)
  })
})

describe('headerLeaks', () => {
  it('finds versions and lets names be', () => {
    expect(headerLeaks({ server: 'nginx', 'x-powered-by': 'Express' })).toEqual([])
    expect(headerLeaks({ server: 'nginx/1.18.0' }).map((leak) => leak.code)).toEqual(['version'])
  })
})
