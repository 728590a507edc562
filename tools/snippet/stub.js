// Keeps what a page says, and what goes wrong in it, until bellrock.js is there. Goes before everything that says something.
window.bellrock = window.bellrock || [];
['start', 'step', 'action', 'error', 'feedback', 'optOut'].forEach(function (verb) {
  window.bellrock[verb] = window.bellrock[verb] || function () {
    var command = [verb].concat([].slice.call(arguments));
    command.time = performance.now();
    window.bellrock.push(command);
  };
});
['error', 'unhandledrejection'].forEach(function (type) {
  addEventListener(type, function (event) {
    // bellrock.js listens itself; it alone has flush. A page that goes wrong without end does not fill the memory.
    if (!window.bellrock.flush && window.bellrock.length < 100) window.bellrock.error(event.error || event.reason || event.message);
  });
});
