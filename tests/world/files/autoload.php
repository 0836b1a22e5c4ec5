<?php
// What composer would have generated, as far as a release is checked.
spl_autoload_register(static function (string $class): void {
    $file = dirname(__DIR__).'/app/'.str_replace(['App\\', '\\'], ['', '/'], $class).'.php';
    if (is_file($file)) {
        require $file;
    }
});
return true;
