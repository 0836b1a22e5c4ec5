<?php
require_once __DIR__.'/../vendor/autoload.php';
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$answers = [
    '/' => ['application' => 'API Gateway'],
    '/health' => ['status' => 'healthy', 'version' => trim(file_get_contents(__DIR__.'/../REVISION'))],
    '/api/health-check' => ['status' => 'ok', 'checks' => ['database' => 'ok', 'cache' => 'ok'],
        'debug' => 'token=canary-http-Zw52nMb8'],
];
if ($path === '/login') {
    header('Content-Type: text/html');
    echo "<h1>Login</h1>\n";
    return;
}
if (!isset($answers[$path])) {
    http_response_code(404);
}
header('Content-Type: application/json');
echo json_encode($answers[$path] ?? ['message' => 'Not Found'])."\n";
