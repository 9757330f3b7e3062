(() => {
  'use strict';

  const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
  const main = document.getElementById('reference');
  const contents = document.getElementById('contents');
  let api;

  /** An element. Attributes are set as they are, children are nodes or text: nothing is parsed as HTML. */
  function el(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
    element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ''));
    return element;
  }

  /** Text with `code` in it. */
  const inline = (text) => String(text || '').split('`').map((part, i) => (i % 2 ? el('code', null, part) : part));
  const prose = (text) => (text || '').split('\n\n').filter(Boolean).map((part) => el('p', null, inline(part)));
  const shown = (value) => (typeof value === 'string' ? value : JSON.stringify(value, null, 2));
  const last = (ref) => ref.slice(ref.lastIndexOf('/') + 1);

  /** What a reference leads to, or the object itself. */
  function resolve(object) {
    let found = object;
    while (found && found.$ref) {
      found = found.$ref.slice(2).split('/').reduce((at, name) => at[name.replace(/~1/g, '/').replace(/~0/g, '~')], api);
    }
    return found;
  }

  const anchor = (method, path) => [method, ...path.split(/[^a-z0-9]+/i)].filter(Boolean).join('-').toLowerCase();

  /** A block that scrolls sideways, also with the keyboard. */
  const block = (text, label) => el('pre', { tabindex: '0', role: 'region', 'aria-label': label }, text);

  // ---- schemas -------------------------------------------------------------------------------

  /** A schema in a line: what a value is, with links to schemas that have a name. */
  function type(schema) {
    if (!schema || schema === true) return ['anything'];
    if (schema.$ref) {
      const name = last(schema.$ref);
      return [el('a', { href: `#schema-${name}` }, name)];
    }
    if ('const' in schema) return [el('code', null, JSON.stringify(schema.const))];
    if (schema.enum) return separated(schema.enum.map((value) => [el('code', null, JSON.stringify(value))]), ' or ');
    if (schema.oneOf) return separated(schema.oneOf.map(type), ' or ');
    if (schema.allOf) return type(schema.allOf[0]);
    if (schema.type === 'array') return ['array of ', ...type(schema.items)];
    return [schema.type || 'anything', ...bounds(schema)];
  }

  function bounds(schema) {
    const said = [];
    if (schema.format) said.push(schema.format);
    if (schema.minimum !== undefined && schema.maximum !== undefined) said.push(`${schema.minimum} to ${schema.maximum}`);
    else if (schema.minimum !== undefined) said.push(`from ${schema.minimum}`);
    if (schema.maxLength) said.push(`${schema.minLength || 0} to ${schema.maxLength} characters`);
    const text = said.length ? [` (${said.join(', ')})`] : [];
    return schema.pattern ? [...text, ' like ', el('code', null, schema.pattern)] : text;
  }

  const separated = (parts, separator) => parts.flatMap((part, i) => (i ? [separator, ...part] : part));

  /** The members of an object, one below the other. */
  function members(schema) {
    const required = new Set(schema.required || []);
    return el('dl', { class: 'members' }, Object.entries(schema.properties).map(([name, property]) => el('div', null,
      el('dt', null, el('code', null, name)),
      el('dd', null,
        el('span', { class: 'type' }, property.properties ? 'object' : type(property), required.has(name) ? '' : ', optional'),
        property.description ? el('span', null, '. ', inline(property.description)) : '',
        property.properties ? members(property) : ''))));
  }

  function schemaPanel(name, schema) {
    return el('section', { class: 'panel', 'aria-labelledby': `schema-${name}` },
      el('h3', { id: `schema-${name}`, tabindex: '-1' }, el('code', null, name), link(`schema-${name}`, name)),
      prose(schema.description),
      schema.properties ? members(schema) : el('p', null, type(schema)),
      schema.properties && schema.additionalProperties !== false
        ? el('p', { class: 'quiet' }, 'It may have other members.') : '');
  }

  // ---- operations ----------------------------------------------------------------------------

  const link = (id, what) => el('a', { class: 'anchor', href: `#${id}`, 'aria-label': `Link to ${what}` }, '#');

  /** Headers of a request or an answer. */
  function headers(entries) {
    return el('dl', { class: 'members' }, entries.map(([name, header]) => el('div', null,
      el('dt', null, el('code', null, name)),
      el('dd', null, inline(header.description), ' ', el('span', { class: 'type' }, type(header.schema))))));
  }

  function content(media) {
    return Object.entries(media || {}).map(([mime, { schema, examples }]) => el('div', { class: 'media' },
      el('p', null, el('code', null, mime), ': ', type(schema), schema && schema.description ? [' (', inline(schema.description), ')'] : ''),
      Object.entries(examples || {}).map(([name, { value }]) => block(shown(value), `${mime}, example ${name}`))));
  }

  function response(status, answer) {
    const { description, headers: given, content: media } = resolve(answer);
    const entries = Object.entries(given || {}).map(([name, header]) => [name, resolve(header)]);
    return el('details', { class: 'response', 'data-class': status[0] },
      el('summary', null, el('strong', null, status), ' ', inline(description)),
      content(media),
      entries.length ? [el('p', { class: 'label' }, 'Headers'), headers(entries)] : '');
  }

  const quoted = (text) => `'${text.replace(/'/g, "'\\''")}'`;

  /** The request as a command for a shell. */
  function curl(method, path, operation, servers) {
    const url = new URL(servers[0].url, document.baseURI).href.replace(/\/$/, '') + path;
    if (!operation.requestBody) return `curl -i ${quoted(url)}`;
    const [mime, { examples }] = Object.entries(resolve(operation.requestBody).content)[0];
    const { value } = Object.values(examples)[0];
    return `curl -i ${quoted(url)} \\\n  -H ${quoted(`Content-Type: ${mime}`)} \\\n  -d ${quoted(
      typeof value === 'string' ? value : JSON.stringify(value))}`;
  }

  function operationPanel({ method, path, operation, servers }) {
    const id = anchor(method, path);
    const parameters = (operation.parameters || []).map(resolve);
    const keyed = (operation.security || []).some((one) => Object.keys(one).length);
    return el('section', { class: 'panel operation', 'aria-labelledby': id },
      el('h3', { id, tabindex: '-1' },
        el('span', { class: 'method', 'data-method': method }, method.toUpperCase()), ' ',
        el('code', null, path), link(id, `${method.toUpperCase()} ${path}`)),
      el('p', { class: 'what' }, inline(operation.summary), '.'),
      prose(operation.description),
      servers === api.servers ? '' : el('p', { class: 'quiet' }, 'On: ', separated(servers.map((one) => inline(one.description || one.url)), ' ')),
      keyed ? el('p', { class: 'quiet' }, 'Needs a key where the server has any: ',
        el('code', null, 'Authorization: Bearer KEY'), ', or basic authentication with its name.') : '',
      el('h4', null, 'With curl'),
      block(curl(method, path, operation, servers), `curl command for ${method.toUpperCase()} ${path}`),
      operation.requestBody ? [el('h4', null, 'Body'), content(resolve(operation.requestBody).content)] : '',
      parameters.length ? [el('h4', null, 'Headers'), headers(parameters.map((one) => [one.name, one]))] : '',
      el('h4', null, 'Answers'),
      Object.entries(operation.responses).sort().map(([status, answer]) => response(status, answer)));
  }

  // ---- the page ------------------------------------------------------------------------------

  function operations() {
    return Object.entries(api.paths).flatMap(([path, given]) => {
      const item = resolve(given);
      return METHODS.filter((method) => item[method]).map((method) => ({
        method, path, operation: item[method], servers: item[method].servers || item.servers || api.servers,
      }));
    });
  }

  function group(title, id, description, panels) {
    return [el('h2', { id, tabindex: '-1' }, title), prose(description), panels];
  }

  function show() {
    const all = operations();
    document.getElementById('summary').textContent = api.info.summary;
    const schemas = Object.entries(api.components.schemas);
    main.replaceChildren(
      ...prose(api.info.description),
      ...api.tags.map(({ name, description }) => group(name, `tag-${name}`, description,
        all.filter(({ operation }) => operation.tags.includes(name)).map(operationPanel))).flat(2),
      ...group('schemas', 'schemas', 'What bodies hold.', schemas.map(([name, schema]) => schemaPanel(name, schema))).flat());
    contents.replaceChildren(
      ...api.tags.map(({ name }) => el('div', null, el('a', { class: 'group', href: `#tag-${name}` }, name),
        el('ul', null, all.filter(({ operation }) => operation.tags.includes(name)).map(({ method, path }) =>
          el('li', null, el('a', { href: `#${anchor(method, path)}` }, `${method.toUpperCase()} ${path}`)))))),
      el('div', null, el('a', { class: 'group', href: '#schemas' }, 'schemas')));
    main.setAttribute('aria-busy', 'false');
    const target = document.getElementById(location.hash.slice(1));
    if (target) target.scrollIntoView();
  }

  fetch(new URL('openapi.json', document.baseURI))
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`status ${answer.status}`))))
    .then((json) => {
      api = json;
      show();
    })
    .catch((failure) => {
      main.setAttribute('aria-busy', 'false');
      main.replaceChildren(el('p', { class: 'note', role: 'alert' },
        `The description cannot be shown (${failure.message}). It is in `, el('a', { href: 'openapi.json' }, 'openapi.json'), '.'));
    });
})();
