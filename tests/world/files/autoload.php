<?php
// What composer would have generated, as far as a release is checked.
namespace Composer\Autoload {
    class ClassLoader
    {
        public function load(string $class): void
        {
            $file = dirname(__DIR__).'/app/'.str_replace(['App\\', '\\'], ['', '/'], $class).'.php';
            if (is_file($file)) {
                require $file;
            }
        }
    }
}

namespace {
    $loader = new Composer\Autoload\ClassLoader();
    spl_autoload_register([$loader, 'load']);

    return $loader;
}
