<?php
// What PHP-FPM would do: run the release that `current` points to at this moment.
clearstatcache(true);
$tree = $_SERVER['HTTP_X_TREE'] ?? '';
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$script = $path === '/healthcheck.php' ? 'healthcheck.php' : 'index.php';
if (!is_file("$tree/current/public/$script")) {
    http_response_code(404);
    echo "File not found.\n";
    return;
}
require "$tree/current/public/$script";
